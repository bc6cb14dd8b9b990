"""Audit events of requests that change data, written after the response is made.

An endpoint without an entry in `NAMES` is logged under its endpoint name. A new endpoint is
therefore always logged.
"""

import logging
import re
from typing import Any

from flask import Flask, Response, g, request

from library import audit
from library.errors import LibraryError
from web.accounts import login_manager
from web.http.context import has_proof, library, viewer

log = logging.getLogger(__name__)

READING = {"GET", "HEAD", "OPTIONS"}
SIGN_IN = {"security.login", "second_steps.enter"}

NAMES = {
    "security.logout": "sign-in.end",
    "security.change_password": "account.password",
    "security.verify": "sign-in.again",
    "account.make_token": "token.make",
    "account.revoke_token": "token.revoke",
    "account.accept": "account.accept",
    "account.sign_out_everywhere": "sign-in.end-everywhere",
    "account.end_sign_in": "sign-in.end",
    "api_sign_ins.end": "sign-in.end",
    "lost_password.ask": "password.ask",
    "lost_password.save": "password.reset",
    "join.ask": "account.ask-to-join",
    "openers.revoke": "token.revoke",
    "openers.answer": "account.answer-to-join",
    "setup.create": "account.first-administrator",
    "add.create": "session.add",
    "record.finish": "session.add",
    "api_sessions.add": "session.add",
    "mine.save": "session.change",
    "api_sessions.change": "session.change",
    "mine.set_visibility": "session.visibility",
    "mine.add_transcript": "transcript.import",
    "correct.change": "transcript.correct",
    "api_transcripts.put": "transcript.correct",
    "versions.go_back": "transcript.go-back",
    "versions.listen": "transcript.listen-again",
    "releases.act": "release.act",
    "notes.add": "session.add-note",
    "api_notes.add": "session.add-note",
    "proposals.propose": "release.propose-cut",
    "proposals.act": "release.decide-cut",
    "api_proposals.propose": "release.propose-cut",
    "api_proposals.act": "release.decide-cut",
    "release_link.propose": "release.propose-cut",
    "release_link.take_back": "release.decide-cut",
    "api_releases.answer": "release.act",
    "api_releases.make_link": "release.act",
    "api_releases.end_link": "release.act",
    "chapters.save": "chapters.change",
    "api_moments.change_chapters": "chapters.change",
    "release_link.answer": "release.answer-by-link",
    "scripts.save": "question-script.save",
    "overview.ask_for": "recording.ask-for",
    "scripts.remove": "question-script.remove",
    "jobs.retry": "work.retry",
    "api_jobs.retry": "work.retry",
    "jobs.cancel": "work.stop",
    "api_jobs.cancel": "work.stop",
    "care.load_samples": "samples.load",
    "care.remove_samples": "samples.remove",
    "keeping.look": "library.verify",
    "shelves.create": "collection.add",
    "shelves.describe": "collection.change",
    "shelves.fill": "collection.fill",
    "shelves.move": "collection.move",
    "shelves.remove": "collection.remove",
}

QUIET = {
    # logged by the library, in the transaction of the change
    "mine.remove",
    "leaving.leave",
    "leaving.delete",
    "api_people.leave",
    "trash.restore",
    "trash.remove",
    "keeping.keep",
    "keeping.hold",
    "care.invite",
    "care.new_link",
    "care.change",
    "api_sessions.remove",
    "members.change",
    "members.set_rule",
    "members.set_review",
    "review.act",
    "review.keep_current",
    "many.look",
    "duplicates.merge",
    "duplicates.undo",
    "many.change",
    "many.undo",
    "api_reviews.act",
    "off_record.take_off",
    "api_redactions.take_off",
    "sealed.opened",
    "service.save",
    # not logged: steps of an action that is logged when complete, and requests that change nothing
    "correct.keep",
    "off_record.confirm",
    "record.note",
    "record.discard",
    "uploads.abandon",
    "uploads.append",
    "uploads.create",
    "uploads.overridden",
    "clips.ask",
    "api_moments.ask_clip",
    "oai.provide",
    # not logged: searches, alerts and marks, which are private to each person
    "alerts.choose",
    "alerts.stop",
    "pins.save",
    "pins.change",
    "searches.save",
    "searches.remove",
    "searches.forget",
    "searches.count",
    "marks.put",
    "marks.change",
    "api_marks.put",
    "api_marks.change",
    "api_marks.remove",
    "searches.wish",
}

KEPT_VALUES = ("role", "active", "act", "answer", "visibility", "may")
"""Names of form fields whose values are copied to the audit log. They hold no personal text."""


def init_app(app: Flask) -> None:
    """Register the hook that logs each change of data and each sign-in attempt."""

    @app.after_request
    def write(response: Response) -> Response:
        endpoint = request.endpoint
        if request.method not in READING and endpoint is not None and endpoint not in QUIET:
            try:
                _write(endpoint, response)
            except LibraryError as error:  # The change is committed, so the request must not fail.
                log.warning("audit log: %s", error)
        return response


def action_of(endpoint: str) -> str:
    """Return the audit action of an endpoint, such as `session.add`; else the endpoint name."""
    return NAMES.get(endpoint, endpoint)


def _write(endpoint: str, response: Response) -> None:
    if endpoint in SIGN_IN:
        _write_sign_in(response)
    elif response.status_code < 400:
        actor = viewer().person_id or _signed_in()
        detail = {name: request.form[name][:40] for name in KEPT_VALUES if name in request.form}
        if g.get("by_token"):
            detail["by"] = "token"
        _record(actor, action_of(endpoint), _subject(response), detail)


def _write_sign_in(response: Response) -> None:
    """Write an audit event for a sign-in or a failed attempt.

    A correct password that still needs a second factor is not logged. The submitted e-mail
    address is stored as text that can be removed later.
    """
    if (person := _signed_in()) is not None:
        _record(person, "sign-in", ("person", person), {})
    elif response.status_code < 500 and not has_proof():
        given = {"address given": login_manager.submitted_fields().get("email", "")}
        _record(None, "sign-in.failed", ("", None), {}, words=given)


def _signed_in() -> int | None:
    account = login_manager.current()
    return account.id if account is not None else None


def _subject(response: Response) -> audit.Subject:
    """Return the subject of an audit event: (kind, id), such as ("session", 5).

    It is read from the request URL, else from the URL in the Location header, where `/jobs/5`
    gives session 5. Returns ("", None) if neither URL has a known id.
    """
    for name, value in (request.view_args or {}).items():
        if isinstance(value, int) and name.endswith("_id"):
            return name.removesuffix("_id"), value
    found = re.search(r"/(session|collection|job)s/(\d+)$", response.location or "")
    if found is None:
        return "", None
    kind = "session" if found.group(1) == "job" else found.group(1)
    return kind, int(found.group(2))


def _record(
    actor: int | None,
    action: str,
    subject: audit.Subject,
    detail: dict[str, Any],
    *,
    words: dict[str, str] | None = None,
) -> None:
    with library().transaction() as db:
        address = request.remote_addr or ""
        audit.record(db, actor, action, subject, detail=detail, words=words, address=address)
