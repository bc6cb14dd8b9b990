"""Release of a session: state, answers of participants, and withdrawal of consent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import audit
from library.access import may_edit, session_for, session_to_edit
from library.accounts import people
from library.consent import ledger, receipts, release, release_links
from library.consent.release_status import answer_of, ground_of, standings
from library.consent.requests import is_asked
from library.errors import InvalidInputError, NotAllowedError
from library.models import MentoringSession, Receipt
from library.removal import redaction_proposals
from library.store import Transaction
from library.translation import gettext
from web.http import params
from web.http.context import library, viewer
from web.rendering import release_state_text
from web.rendering.release_state_text import PersonalDataSummary, details
from web.rendering.urls import absolute_url

bp = Blueprint("releases", __name__)


@dataclass(frozen=True, kw_only=True)
class ReleaseSummary:
    """Release state as the page of a session shows it.

    Attributes:
        words: State as a sentence.
        involved: Whether the viewer takes part in, owns or administers the session.
        adds_notes: Whether the viewer may add a note of their own.
        asked: Whether the viewer's answer is awaited.
        statement: Consent statement, if the viewer's answer is awaited.
        own: Whether the viewer owns the session.
        details: Personal data in the session, if the viewer's answer is awaited.
        to_name: Whether the release waits for names of speakers that the viewer may enter.
    """

    words: str
    involved: bool
    adds_notes: bool
    asked: bool
    statement: str
    own: bool
    details: Sequence[PersonalDataSummary]
    to_name: bool


def summary(db: Transaction, session: MentoringSession) -> ReleaseSummary:
    """Return the release state of a session for the viewer."""
    asked = release.is_waiting_for(session, viewer())
    return ReleaseSummary(
        words=release_state_text.present_state(db, session),
        involved=_involved(session),
        adds_notes=is_asked(session, viewer()),
        asked=asked,
        own=viewer().is_member and session.owner_id == viewer().person_id,
        statement=release.statement(session) if asked else "",
        details=details(db, session) if asked else (),
        to_name=session.held and may_edit(viewer(), session),
    )


@bp.get("/sessions/<int:session_id>/release")
def page(session_id: int) -> str:
    """Show the speakers of a session and their answers to the consent request."""
    with library().reading() as db:
        return _page(db, session_of(db, session_id))


@bp.post("/sessions/<int:session_id>/release")
def act(session_id: int) -> ResponseReturnValue:
    """Perform the action of the pressed button, such as giving or withdrawing consent."""
    do = request.form.get("do", "")
    if do not in {*OWN, *OWNERS, "link"}:
        raise InvalidInputError("Unknown action. Reload the page and try again.")
    with library().transaction(on_full_disk=True) as db:
        if do in OWN:
            receipt = OWN[do](db, session_of(db, session_id))
        else:
            session = session_to_edit(db, viewer(), session_id)
            if do == "link":
                person_id = _person()
                token = release_links.make(db, viewer(), session, person_id)
                link = absolute_url(url_for("release_link.page", token=token))
                return _page(db, session, link=link, link_for=people.get(db, person_id).name)
            receipt = OWNERS[do](db, session)
    if receipt is not None:
        return redirect(url_for("receipts.page", receipt_id=receipt.id))
    return redirect(url_for("releases.page", session_id=session_id))


def _agree(db: Transaction, session: MentoringSession) -> None:
    release.respond(db, viewer(), session, agree=True)
    flash(gettext("Thank you.") + " " + release_state_text.present_state(db, session))


def _decline(db: Transaction, session: MentoringSession) -> None:
    release.respond(db, viewer(), session, agree=False)
    flash(gettext("Others will not find this session. You can still agree later."))


def _withdraw(db: Transaction, session: MentoringSession) -> Receipt:
    return release.withdraw(db, viewer(), session)


def _waive(db: Transaction, session: MentoringSession) -> None:
    reason = params.text(request.form, "reason", longest=1000)
    release.waive(db, viewer(), session, reason)
    flash(release_state_text.present_state(db, session))


def _include(db: Transaction, session: MentoringSession) -> None:
    release.include(db, viewer(), session, _person())


def _explain(db: Transaction, session: MentoringSession) -> None:
    release.dismiss_name(db, viewer(), session, _person())


def _ask_again(db: Transaction, session: MentoringSession) -> None:
    release.ask_again(db, viewer(), session, _person())


def _end_link(db: Transaction, session: MentoringSession) -> None:
    release_links.revoke(db, viewer(), session, _person())
    flash(gettext("The link does not work any more."))


Act = Callable[[Transaction, MentoringSession], Receipt | None]
OWN: dict[str, Act] = {"agree": _agree, "decline": _decline, "withdraw": _withdraw}
OWNERS: dict[str, Act] = {
    "waive": _waive,
    "include": _include,
    "explain": _explain,
    "ask-again": _ask_again,
    "end-link": _end_link,
}


def session_of(db: Transaction, session_id: int) -> MentoringSession:
    """Return the session, if the viewer takes part in, owns or administers it.

    Raises:
        NotFoundError: The session does not exist or is not visible to the viewer.
        NotAllowedError: The viewer sees the session but does not take part in it and may not
            change it.
    """
    session = session_for(db, viewer(), session_id)
    if not _involved(session):
        raise NotAllowedError("Only participants can see the consent to this session.")
    return session


def _involved(session: MentoringSession) -> bool:
    taking_part = {p.person_id for p in session.participants}
    return may_edit(viewer(), session) or viewer().person_id in taking_part


def _person() -> int:
    if (person_id := params.identifier(request.form, "person")) is None:
        raise InvalidInputError("Choose a person who speaks in this session.")
    return person_id


def _page(db: Transaction, session: MentoringSession, link: str = "", link_for: str = "") -> str:
    ground = ground_of(db, session)
    found = standings(db, session, ground)
    decides = may_edit(viewer(), session)
    redaction_proposals.mark_seen(db, viewer(), session.id)
    history = ledger.entries(db, session_id=session.id)
    by_right = (audit.ADMIN_READ, audit.ADMIN_FOUND)
    looks = audit.events_of(db, ("session", session.id), actions=by_right)
    ids = {e.actor_id for e in looks} | {e.content["actor"] for e in history}
    return render_template(
        "consent/release.html",
        session=session,
        words=release_state_text.of_session(session, found, ground.known.holds),
        holds=ground.known.holds,
        standings=found,
        answers=release_state_text.ANSWERS,
        statement=release.statement(session) if session.visibility.needs_release else "",
        releasing=summary(db, session),
        agreed=release.has_agreed(session, viewer()),
        may_edit=decides,
        proposals=redaction_proposals.shown(library(), db, viewer(), session, decides=decides),
        act=lambda number: url_for("proposals.act", session_id=session.id, proposal_id=number),
        mine=answer_of(session, viewer().person_id),
        links={used.person_id: used for used in release_links.in_use(db, session.id)},
        link=link,
        link_for=link_for,
        history=history,
        acts=release_state_text.ACTS,
        names=people.names(db, ids | {e.person_id for e in history}),
        looks=looks,
        receipts=receipts.of_person(db, session.id, viewer().person_id),
    )
