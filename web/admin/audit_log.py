"""Audit log: search, and export as CSV or JSON Lines."""

import json
from collections.abc import Iterator
from typing import Any

from flask import Response, render_template, request

from library import audit, audit_search
from library.audit_search import AuditFilter
from library.translation import gettext, mark
from web.http import csv_rows, params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer

bp = admin_blueprint("audit", __name__, "/care")

PAGE = 50  # events
COLUMNS = (
    "id",
    "at",
    "actor_id",
    "actor",
    "action",
    "subject_kind",
    "subject_id",
    "address",
    "detail",
)
LABELS = {
    "account.accept": mark("Account activated"),
    "account.answer-to-join": mark("Request for an account answered"),
    "account.ask-to-join": mark("Account requested"),
    "account.first-administrator": mark("First administrator created"),
    "account.password": mark("Password changed"),
    "audit.export": mark("Audit log exported"),
    "chapters.change": mark("Chapters changed"),
    "collection": mark("Collection"),
    "collection.add": mark("Collection added"),
    "collection.change": mark("Collection changed"),
    "collection.cover": mark("Cover of a collection set"),
    "collection.fill": mark("Sessions of a collection changed"),
    "collection.move": mark("Order of the collections changed"),
    "collection.nest": mark("Collection moved in the tree"),
    "collection.pick": mark("Pick of a collection added"),
    "collection.release-rule": mark("Whose consent the sessions of a collection need: changed"),
    "collection.remove": mark("Collection removed"),
    "collection.retention": mark("Retention of a collection changed"),
    "collection.review": mark("Review setting of a collection changed"),
    "collection.uncover": mark("Cover of a collection removed"),
    "collection.unpick": mark("Pick of a collection removed"),
    "library": mark("Library"),
    "library.backup": mark("Backup made"),
    "library.export": mark("Library exported"),
    "library.import": mark("Library imported"),
    "library.removals-repeated": mark("Removals repeated after a restore"),
    "library.restore": mark("Backup restored"),
    "library.verify": mark("Full integrity check requested"),
    "link": mark("Link"),
    "link.revoke": mark("Link revoked"),
    "member.put": mark("Member of a collection added or changed"),
    "member.take": mark("Member of a collection removed"),
    "passkey": mark("Passkey"),
    "passkey.add": mark("Passkey added"),
    "passkey.remove": mark("Passkey removed"),
    "passkey.rename": mark("Passkey renamed"),
    "passkey.revoke": mark("Passkey revoked"),
    "password.ask": mark("New password requested"),
    "password.reset": mark("New password set"),
    "person": mark("Person"),
    "person.approve": mark("Request for an account approved"),
    "person.change": mark("Account changed"),
    "person.decline": mark("Request for an account declined"),
    "person.delete": mark("Account deleted"),
    "person.import": mark("People imported"),
    "person.invite": mark("Person invited"),
    "person.join": mark("Person joined"),
    "person.leave": mark("Last day of a person changed"),
    "person.link": mark("Password link created"),
    "person.merge": mark("People merged"),
    "person.part": mark("Merge of people undone"),
    "pin.remove": mark("Pinned answer removed"),
    "pin.save": mark("Pinned answer saved"),
    "question-script.remove": mark("Question script removed"),
    "question-script.save": mark("Question script saved"),
    "recording.ask-for": mark("Recording requested"),
    "release": mark("Release link"),
    "release.act": mark("Consent or release changed"),
    "release.answer-by-link": mark("Consent request answered by link"),
    "release.decide-cut": mark("Proposed redaction decided"),
    "release.propose-cut": mark("Redaction proposed"),
    "release.revoke": mark("Release link revoked"),
    "review.accepted": mark("Session accepted in a review"),
    "review.assigned": mark("Review assigned"),
    "review.commented": mark("Comment written in a review"),
    "review.needs-work": mark("Changes requested in a review"),
    "review.submitted": mark("Session submitted for review"),
    "review.withdrawn": mark("Review no longer needed"),
    "samples.load": mark("Sample library loaded"),
    "samples.remove": mark("Sample library removed"),
    "sealed-original": mark("Sealed original"),
    "sealed-original.open": mark("Sealed original opened"),
    "second-step.begin": mark("Two-step sign-in set up"),
    "second-step.end": mark("Two-step sign-in removed"),
    "session": mark("Session"),
    "session.add": mark("Session added"),
    "session.add-note": mark("Note added"),
    "session.change": mark("Session changed"),
    "session.found-by-admin": mark(
        "Words of a session shown to an administrator in search results"
    ),
    "session.hold": mark("Legal hold set"),
    "session.keep-current": mark("Review date or replacement of a session saved"),
    "session.let-go": mark("Legal hold lifted"),
    "session.purge": mark("Session removed for good from the trash"),
    "session.read-by-admin": mark("Session viewed by an administrator"),
    "session.restore": mark("Session restored from the trash"),
    "session.retention": mark("Session moved to the trash after its retention"),
    "session.take-back": mark("Session taken back for good"),
    "session.trash": mark("Session moved to the trash"),
    "session.visibility": mark("Visibility changed"),
    "sessions.change": mark("Bulk edit applied"),
    "sessions.undo": mark("Bulk edit undone"),
    "setting.change": mark("Setting changed"),
    "sign-in": mark("Sign-in"),
    "sign-in.again": mark("Password confirmed"),
    "sign-in.end": mark("Sign-in ended"),
    "sign-in.end-everywhere": mark("All sign-ins ended"),
    "sign-in.failed": mark("Sign-in failed"),
    "sign-in.revoke": mark("Sign-in ended by an administrator"),
    "source": mark("Recording or note"),
    "source.off-record": mark("Part taken off the record"),
    "source.take-back": mark("Recording or note taken back for good"),
    "token": mark("Token"),
    "token.make": mark("Token created"),
    "token.revoke": mark("Token revoked"),
    "topic": mark("Topic"),
    "topic.add": mark("Topic added"),
    "topic.decide": mark("Topics of a session confirmed or declined"),
    "topic.describe": mark("Topic changed"),
    "topic.import": mark("Vocabulary imported"),
    "topic.merge": mark("Topics merged"),
    "topic.remove": mark("Topic removed"),
    "topic.starter": mark("Starter topics added"),
    "topic.unmerge": mark("Merge of topics undone"),
    "transcript.correct": mark("Transcript corrected"),
    "transcript.go-back": mark("Earlier version of a transcript restored"),
    "transcript.import": mark("Transcript imported"),
    "transcript.listen-again": mark("New automatic transcript requested"),
    "voice.agree": mark("Voice recognition agreed to"),
    "voice.forget": mark("Voice prints deleted"),
    "webhook": mark("Webhook"),
    "webhook.add": mark("Webhook added"),
    "webhook.change": mark("Webhook changed"),
    "webhook.remove": mark("Webhook removed"),
    "webhook.renew": mark("Secret of a webhook replaced"),
    "webhook.replay": mark("Delivery of a webhook repeated"),
    "words.quoted": mark("Quoted words removed from a reason"),
    "wishes": mark("Changes"),
    "work.retry": mark("Processing started again"),
    "work.stop": mark("Processing stopped"),
}
"""Label of each action and of each kind of subject."""


@bp.get("/audit")
def page() -> str:
    """Show the events that match the filters, newest first."""
    before = params.identifier(request.args, "before")
    given = {name: request.args[name] for name in request.args if name != "before"}
    with library().reading() as db:
        found = audit_search.events(db, viewer(), _wanted(), limit=PAGE + 1, before_id=before)
        return render_template(
            "admin/audit_log.html",
            events=[audit_search.as_row(event) for event in found[:PAGE]],
            more=found[PAGE - 1].event.id if len(found) > PAGE else None,
            actions=[
                ("", gettext("All actions")),
                *((name, _in_words(name)) for name in audit_search.actions(db)),
            ],
            in_words=_in_words,
            shown=_shown,
            given=given,
        )


@bp.get("/audit.csv")
def as_csv() -> Response:
    """Export all matching events as CSV, oldest first."""
    return _file("csv", "text/csv", _csv(_rows()))


@bp.get("/audit.json")
def as_json() -> Response:
    """Export all matching events as JSON Lines, oldest first."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in _rows())
    return _file("jsonl", "application/x-ndjson", lines)


def _in_words(action: str) -> str:
    """Return the label of an action, of a kind of subject, or of a field of the details.

    A name without a label is formatted: "jobs.clean-up" becomes "Jobs: clean up".
    """
    if action in LABELS:
        return gettext(LABELS[action])
    return action.replace(".", ": ").replace("-", " ").replace("_", " ").capitalize()


def _shown(value: Any) -> str:
    """Return a value from the details of an event as readable text."""
    if isinstance(value, bool):
        return gettext("on") if value else gettext("off")
    if isinstance(value, list):
        return ", ".join(filter(None, (_shown(one) for one in value)))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    return str(value).replace("_", " ") if value else ""


def _wanted() -> AuditFilter:
    return AuditFilter(
        words=params.text(request.args, "q", longest=200),
        action=params.text(request.args, "action", longest=60),
        actor_id=params.identifier(request.args, "actor"),
        subject_kind=params.text(request.args, "kind", longest=40),
        subject_id=params.identifier(request.args, "subject"),
        since=params.day(request.args, "since"),
        until=params.day(request.args, "until"),
    )


def _rows() -> Iterator[dict[str, Any]]:
    """Write an audit event for the export. Return the events that match the filters, as rows."""
    wanted, who, place = _wanted(), viewer(), library()
    with place.transaction() as db:
        audit.record(db, who.person_id, "audit.export", ("library", None), address=who.address)

    def rows() -> Iterator[dict[str, Any]]:
        with place.reading() as db:
            yield from map(audit_search.as_row, audit_search.all_events(db, who, wanted))

    return rows()


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\r\n"
    for row in rows:
        detail = "; ".join(f"{name}: {value}" for name, value in row["detail"].items())
        yield csv_rows.row(({**row, "detail": detail}).values())


def _file(ending: str, kind: str, pieces: Iterator[str]) -> Response:
    response = Response(pieces, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-log.{ending}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
