"""My sessions: the viewer's own sessions by status, and the forms that change or remove them."""

from collections.abc import Sequence
from typing import BinaryIO, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.accounts import people
from library.accounts.service_settings import service
from library.capture import file_types, intake
from library.collections import collections
from library.consent import release, requests
from library.curation import review_queue
from library.errors import ConflictError, InvalidInputError, LibraryError, NotAllowedError
from library.files import pieces_of
from library.models import MentoringSession, Release, SourceKind, State, Visibility
from library.removal import take_back, trash
from library.sessions import passages, person_lookup, sessions
from library.sessions.description import with_people
from library.store import Transaction
from library.todo.items import Kind
from library.translation import gettext
from web.capture.jobs import describe
from web.capture.name_disambiguation import names_to_suggest, questions_of
from web.capture.session_form import SessionForm
from web.http import params
from web.http.context import library, queue, viewer
from web.http.errors import status_of
from web.rendering import release_state_text
from web.rendering import todo_items as items
from web.rendering.local_links import back_to
from web.rendering.release_state_text import details

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
"""Kinds of to-do items that the page lists separately, because no other list contains them."""
STOPPED = {State.FAILED, State.CANCELLED}


@bp.get("/mine")
def page() -> str:
    """Show the viewer's own sessions, grouped by status."""
    who = viewer()
    if not who.is_member:
        raise NotAllowedError
    with library().reading() as db:
        own = sessions.visible(db, who, owner_id=who.person_id, limit=MOST_SHOWN)
        return render_template(
            "sessions/mine.html",
            groups=_groups(own),
            describe=describe,
            asked=requests.waiting_for(db, who),
            waiting=items.entries(one for one in items.items_of_viewer() if one.kind in UNLISTED),
            to_do=review_queue.asked_of(db, who),
            standing={s.id: _standing(db, s) for s in own if s.visibility.needs_release},
        )


def _standing(db: Transaction, session: MentoringSession) -> str:
    return release_state_text.present_state(db, session)


def _groups(own: Sequence[MentoringSession]) -> dict[str, list[MentoringSession]]:
    """Group the viewer's sessions by status, such as failed, private or released."""
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
    """Show the form that edits the details of a session."""
    with library().reading() as db:
        session = session_to_edit(db, viewer(), session_id)
        collection_list = [
            collection.id for collection in collections.collections_of_session(db, session_id)
        ]
        return _edit_page(db, session, SessionForm.of_session(session, collection_list))


@bp.post("/sessions/<int:session_id>/edit")
def save(session_id: int) -> ResponseReturnValue:
    """Save the details of a session."""
    given = SessionForm.of_form(request.form)
    try:
        described, participants = given.described(), given.participants()
        with library().transaction() as db:
            session = session_to_edit(db, viewer(), session_id)
            here, before = {p.person_id for p in session.participants}, session.visibility
            named = person_lookup.participants(db, viewer(), participants, here=here)
            sessions.describe(db, session, with_people(described, named))
            collections.set_collections_of_session(db, viewer(), session_id, given.collections)
            if session.visibility is not before:
                release.choose(db, viewer(), session)
    except (InvalidInputError, ConflictError) as error:
        with library().reading() as db:
            session = session_to_edit(db, viewer(), session_id)
            return _edit_page(db, session, given, error), status_of(error)
    flash(gettext("The details are saved."))
    return redirect(_home_of(session_id))


@bp.post("/sessions/<int:session_id>/visibility")
def set_visibility(session_id: int) -> ResponseReturnValue:
    """Change the visibility of a session. This also gives or changes the viewer's own consent."""
    with library().transaction(on_full_disk=True) as db:
        session = session_to_edit(db, viewer(), session_id)
        visibility = params.choice(request.form, "visibility", Visibility)
        if visibility is None:
            raise InvalidInputError("Choose who may find the session.")
        receipt = release.set_visibility(db, viewer(), session, visibility)
        flash(release_state_text.after_choosing(db, session))
    if receipt is not None:
        return redirect(url_for("receipts.page", receipt_id=receipt.id))
    return redirect(back_to(url_for("mine.page")))


@bp.post("/sessions/<int:session_id>/transcript")
def add_transcript(session_id: int) -> ResponseReturnValue:
    """Replace the transcript of a recording by an uploaded transcript file."""
    place = library()
    with place.reading() as db:
        session = session_to_edit(db, viewer(), session_id)
        source_id = params.identifier(request.form, "source")
        if source_id not in {source.id for source in session.sources}:
            raise InvalidInputError("Choose the recording that the transcript belongs to.")
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInputError(
            "Choose a transcript: %(formats)s.", formats=gettext(file_types.SHOWN)
        )
    stored = intake.keep(place, file.filename, pieces_of(cast(BinaryIO, file.stream)))
    try:
        intake.use_transcript(place, viewer(), source_id, stored)
    except (InvalidInputError, ConflictError):
        intake.discard(place, [stored])
        raise
    queue().request(source_id)
    flash(gettext("The transcript is uploaded. It replaces the automatic transcript."))
    return redirect(url_for("jobs.page", session_id=session_id))


@bp.get("/sessions/<int:session_id>/remove")
def ask_remove(session_id: int) -> str:
    """Ask for confirmation before a session is removed, and show what will be lost."""
    with library().reading() as db:
        return render_template(
            "removal/take_back.html",
            session=session_to_edit(db, viewer(), session_id),
            passages=passages.count_of_session(db, session_id),
            collection_list=collections.collections_of_session(db, session_id),
            days=service(db).trash_days,
        )


@bp.post("/sessions/<int:session_id>/remove")
def remove(session_id: int) -> ResponseReturnValue:
    """Move a session to the trash, or take the session back for good."""
    if request.form.get("for_good") == "1":
        receipt = take_back.take_back(library(), viewer(), session_id)
        return redirect(url_for("receipts.page", receipt_id=receipt.id))
    with library().transaction(on_full_disk=True) as db:
        trash.put(db, viewer(), session_id)
    flash(gettext("The session is in the trash. Other people can no longer find it."))
    return redirect(url_for("mine.page"))


def _edit_page(
    db: Transaction,
    session: MentoringSession,
    given: SessionForm,
    error: LibraryError | None = None,
) -> str:
    return render_template(
        "sessions/edit.html",
        session=session,
        details=() if session.release is Release.RELEASED else details(db, session),
        given=given,
        error=str(error) if error else "",
        questions=questions_of(error),
        recordings=[s for s in session.sources if s.kind is SourceKind.RECORDING],
        accepted_transcripts=file_types.ACCEPTED_TRANSCRIPTS,
        known_names=names_to_suggest(people.known_to(db, viewer())),
        collection_list=collections.writable_collections(db, viewer()),
    )


def _home_of(session_id: int) -> str:
    return back_to(url_for("sessions.page", session_id=session_id))
