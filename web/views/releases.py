"""Releasing a session together: who has agreed, agreeing oneself, and taking it back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import audit
from library.access import may_edit, session_for, session_to_edit
from library.accounts import people
from library.consent import ledger, receipts, release, release_links
from library.consent.asked import is_asked
from library.consent.standings import answer_of, ground_of, standings
from library.errors import InvalidInputError, NotAllowedError
from library.models import MentoringSession, Receipt
from library.store import Transaction
from library.withdrawal import proposals
from web import parameters, release_words
from web.addresses import whole
from web.context import library, viewer
from web.hints import Details, details

bp = Blueprint("releases", __name__)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the page of a session says about its release."""

    words: str
    involved: bool  # whether the reader takes part in it, owns or administers it
    adds_notes: bool  # whether the reader may add a note of their own
    asked: bool  # whether the reader's answer is waited for
    statement: str
    own: bool  # whether the session is the reader's
    details: Sequence[Details]  # personal ones, where the answer is waited for
    to_name: bool  # whether the reader may name speakers for whom the release waits


def summary(db: Transaction, session: MentoringSession) -> Summary:
    """How it stands with a session's release, as far as it concerns the reader."""
    asked = release.is_waiting_for(session, viewer())
    return Summary(
        words=release_words.now(db, session),
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
    """Who speaks in a session, and what they said to its release."""
    with library().reading() as db:
        return _page(db, session_of(db, session_id))


@bp.post("/sessions/<int:session_id>/release")
def act(session_id: int) -> ResponseReturnValue:
    """Do what the pressed button says."""
    do = request.form.get("do", "")
    if do not in {*OWN, *OWNERS, "link"}:
        raise InvalidInputError("Press one of the buttons.")
    with library().transaction(on_full_disk=True) as db:
        if do in OWN:
            receipt = OWN[do](db, session_of(db, session_id))
        else:
            session = session_to_edit(db, viewer(), session_id)
            if do == "link":
                person_id = _person()
                token = release_links.make(db, viewer(), session, person_id)
                link = whole(url_for("release_link.page", token=token))
                return _page(db, session, link=link, link_for=people.get(db, person_id).name)
            receipt = OWNERS[do](db, session)
    if receipt is not None:
        return redirect(url_for("receipts.page", receipt_id=receipt.id))
    return redirect(url_for("releases.page", session_id=session_id))


def _agree(db: Transaction, session: MentoringSession) -> None:
    release.respond(db, viewer(), session, agree=True)
    flash(f"Thank you. {release_words.now(db, session)}")


def _decline(db: Transaction, session: MentoringSession) -> None:
    release.respond(db, viewer(), session, agree=False)
    flash("Nobody else will find this session. You can still agree later.")


def _withdraw(db: Transaction, session: MentoringSession) -> Receipt:
    return release.withdraw(db, viewer(), session)


def _waive(db: Transaction, session: MentoringSession) -> None:
    reason = parameters.text(request.form, "reason", longest=1000)
    release.waive(db, viewer(), session, reason)
    flash(release_words.now(db, session))


def _include(db: Transaction, session: MentoringSession) -> None:
    release.include(db, viewer(), session, _person())


def _explain(db: Transaction, session: MentoringSession) -> None:
    release.explain(db, viewer(), session, _person())


def _ask_again(db: Transaction, session: MentoringSession) -> None:
    release.ask_again(db, viewer(), session, _person())


def _end_link(db: Transaction, session: MentoringSession) -> None:
    release_links.revoke(db, viewer(), session, _person())
    flash("The link does not work any more.")


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
    """The session, for whoever has a part in it.

    Raises:
        NotFoundError: there is none for the reader.
        NotAllowedError: the reader sees it, but has no part in it.
    """
    session = session_for(db, viewer(), session_id)
    if not _involved(session):
        raise NotAllowedError("Who agreed to what is shown to those who took part.")
    return session


def _involved(session: MentoringSession) -> bool:
    taking_part = {p.person_id for p in session.participants}
    return may_edit(viewer(), session) or viewer().person_id in taking_part


def _person() -> int:
    if (person_id := parameters.identifier(request.form, "person")) is None:
        raise InvalidInputError("Choose somebody who speaks in this session.")
    return person_id


def _page(db: Transaction, session: MentoringSession, link: str = "", link_for: str = "") -> str:
    ground = ground_of(db, session)
    found = standings(db, session, ground)
    decides = may_edit(viewer(), session)
    proposals.mark_seen(db, viewer(), session.id)
    history = ledger.entries(db, session_id=session.id)
    by_right = (audit.ADMIN_READ, audit.ADMIN_FOUND)
    looks = audit.events_of(db, ("session", session.id), actions=by_right)
    ids = {e.actor_id for e in looks} | {e.content["actor"] for e in history}
    return render_template(
        "releases/page.html",
        session=session,
        words=release_words.of_session(session, found, ground.known.holds),
        holds=ground.known.holds,
        standings=found,
        answers=release_words.ANSWERS,
        statement=release.statement(session) if session.visibility.needs_release else "",
        releasing=summary(db, session),
        agreed=release.has_agreed(session, viewer()),
        may_edit=decides,
        proposals=proposals.shown(library(), db, viewer(), session, decides=decides),
        act=lambda number: url_for("proposals.act", session_id=session.id, proposal_id=number),
        mine=answer_of(session, viewer().person_id),
        links={used.person_id: used for used in release_links.in_use(db, session.id)},
        link=link,
        link_for=link_for,
        history=history,
        acts=release_words.ACTS,
        names=people.names(db, ids | {e.person_id for e in history}),
        looks=looks,
        receipts=receipts.of_person(db, session.id, viewer().person_id),
    )
