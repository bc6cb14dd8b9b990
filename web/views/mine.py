"""My sessions: what is worked on, what waits for me, what is released; and changing them."""

from collections.abc import Sequence
from typing import BinaryIO, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.accounts import people
from library.accounts.service import service
from library.capture import intake
from library.consent import asked, release
from library.curating import review_queue
from library.errors import ConflictError, InvalidInputError, LibraryError, NotAllowedError
from library.files import pieces_of
from library.holdings import collections, naming, passages, sessions
from library.models import MentoringSession, Release, SourceKind, State, Visibility
from library.overview.waiting import Kind
from library.store import Transaction
from library.withdrawal import taking_back, trash
from web import parameters, release_words, waiting
from web.context import library, queue, viewer
from web.details import Details
from web.errors import status_of
from web.hints import details
from web.look import LANGUAGES
from web.name_questions import names_to_suggest, questions_of
from web.redirects import back_to
from web.views.jobs import describe

bp = Blueprint("mine", __name__)

MOST_SHOWN = 500
BUSY = {State.WAITING, State.WORKING}
PLACE = {
    Release.KEPT: "private",
    Release.WAITING: "waiting",
    Release.REFUSED: "waiting",
    Release.REVIEW: "waiting",
    Release.RELEASED: "released",
}
UNLISTED = {Kind.REFUSED, Kind.PROPOSAL, Kind.DECIDED}
"""What waits here and stands in no list of the page."""
STOPPED = {State.FAILED, State.CANCELLED}


@bp.get("/mine")
def page() -> str:
    """One's own sessions, by what they need."""
    who = viewer()
    if not who.is_member:
        raise NotAllowedError
    with library().reading() as db:
        own = sessions.visible(db, who, owner_id=who.person_id, limit=MOST_SHOWN)
        return render_template(
            "mine/page.html",
            groups=_groups(own),
            describe=describe,
            asked=asked.waiting_for(db, who),
            waiting=waiting.told(one for one in waiting.here() if one.kind in UNLISTED),
            to_do=review_queue.asked_of(db, who),
            standing={s.id: _standing(db, s) for s in own if s.visibility.needs_release},
        )


def _standing(db: Transaction, session: MentoringSession) -> str:
    return release_words.now(db, session)


def _groups(own: Sequence[MentoringSession]) -> dict[str, list[MentoringSession]]:
    """Each session in the first group that it belongs to."""
    groups: dict[str, list[MentoringSession]] = {
        "failed": [],
        "busy": [],
        "speakers": [],
        "waiting": [],
        "private": [],
        "released": [],
    }
    for session in own:
        states = {source.state for source in session.sources}
        if states & STOPPED:
            groups["failed"].append(session)
        elif states & BUSY:
            groups["busy"].append(session)
        elif session.held and session.release is Release.WAITING:
            groups["speakers"].append(session)
        else:
            groups[PLACE[session.release]].append(session)
    return groups


@bp.get("/sessions/<int:session_id>/edit")
def edit(session_id: int) -> str:
    """The details of a session, to be changed."""
    with library().reading() as db:
        session = session_to_edit(db, viewer(), session_id)
        shelves = [shelf.id for shelf in collections.holding(db, session_id)]
        return _edit_page(db, session, Details.of_session(session, shelves))


@bp.post("/sessions/<int:session_id>/edit")
def save(session_id: int) -> ResponseReturnValue:
    """Keep the changed details."""
    given = Details.of_form(request.form)
    try:
        described, participants = given.described(), given.participants()
        with library().transaction() as db:
            session = session_to_edit(db, viewer(), session_id)
            here, before = {p.person_id for p in session.participants}, session.visibility
            named = naming.participants(db, viewer(), participants, here=here)
            sessions.describe(db, session, sessions.with_people(described, named))
            collections.place(db, viewer(), session_id, given.collections)
            if session.visibility is not before:
                release.choose(db, viewer(), session)
    except (InvalidInputError, ConflictError) as error:
        with library().reading() as db:
            session = session_to_edit(db, viewer(), session_id)
            return _edit_page(db, session, given, error), status_of(error)
    flash("The details are saved.")
    return redirect(_home_of(session_id))


@bp.post("/sessions/<int:session_id>/visibility")
def set_visibility(session_id: int) -> ResponseReturnValue:
    """Release a session to others, as far as it is one's own to release, or take it back."""
    with library().transaction(on_full_disk=True) as db:
        session = session_to_edit(db, viewer(), session_id)
        visibility = parameters.choice(request.form, "visibility", Visibility)
        if visibility is None:
            raise InvalidInputError("Say who is to find the session.")
        receipt = release.set_visibility(db, viewer(), session, visibility)
        flash(release_words.after_choosing(db, session))
    if receipt is not None:
        return redirect(url_for("receipts.page", receipt_id=receipt.id))
    return redirect(back_to(url_for("mine.page")))


@bp.post("/sessions/<int:session_id>/transcript")
def add_transcript(session_id: int) -> ResponseReturnValue:
    """Let a written transcript stand in for Whisper's, or add one more file to a session."""
    place = library()
    with place.reading() as db:
        session = session_to_edit(db, viewer(), session_id)
        source_id = parameters.identifier(request.form, "source")
        if source_id not in {source.id for source in session.sources}:
            raise InvalidInputError("Choose the recording that the transcript belongs to.")
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInputError("Choose a WebVTT (.vtt) or SubRip (.srt) file.")
    kept = intake.keep(place, file.filename, pieces_of(cast(BinaryIO, file.stream)))
    try:
        intake.use_transcript(place, viewer(), source_id, kept)
    except (InvalidInputError, ConflictError):
        intake.discard(place, [kept])
        raise
    queue().request(source_id)
    flash("The transcript has arrived. It takes the place of the one that was heard.")
    return redirect(url_for("jobs.page", session_id=session_id))


@bp.get("/sessions/<int:session_id>/remove")
def ask_remove(session_id: int) -> str:
    """Say what would be lost."""
    with library().reading() as db:
        return render_template(
            "mine/remove.html",
            session=session_to_edit(db, viewer(), session_id),
            passages=passages.count_of_session(db, session_id),
            shelves=collections.holding(db, session_id),
            days=service(db).trash_days,
        )


@bp.post("/sessions/<int:session_id>/remove")
def remove(session_id: int) -> ResponseReturnValue:
    """Put a session into the trash, or take it back for good."""
    if request.form.get("for_good") == "1":
        receipt = taking_back.take_back(library(), viewer(), session_id)
        return redirect(url_for("receipts.page", receipt_id=receipt.id))
    with library().transaction(on_full_disk=True) as db:
        trash.put(db, viewer(), session_id)
    flash("The session is in the trash. Nobody else finds it any more.")
    return redirect(url_for("mine.page"))


def _edit_page(
    db: Transaction,
    session: MentoringSession,
    given: Details,
    error: LibraryError | None = None,
) -> str:
    return render_template(
        "mine/edit.html",
        session=session,
        details=() if session.release is Release.RELEASED else details(db, session),
        given=given,
        error=str(error) if error else "",
        questions=questions_of(error),
        recordings=[s for s in session.sources if s.kind is SourceKind.RECORDING],
        known_names=names_to_suggest(people.known_to(db, viewer())),
        shelves=collections.open_to(db, viewer()),
        languages=LANGUAGES,
    )


def _home_of(session_id: int) -> str:
    return back_to(url_for("sessions.page", session_id=session_id))
