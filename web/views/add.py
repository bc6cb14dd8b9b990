"""Add a session: a recording, a transcript, a note, or words written right here."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.accounts import people
from library.capture import quota, uploads
from library.capture.intake import AlreadyHereError
from library.errors import (
    ConflictError,
    InvalidInputError,
    LibraryError,
    NotFoundError,
    StorageFullError,
)
from library.holdings import collections
from web import intake, parameters
from web.context import library, viewer
from web.details import Details, PersonRow
from web.errors import status_of
from web.intake import Draft
from web.look import LANGUAGES
from web.name_questions import names_to_suggest, questions_of

bp = Blueprint("add", __name__)

CORRECTABLE = (InvalidInputError, ConflictError, NotFoundError, StorageFullError)


@bp.get("/add")
def page() -> str:
    """The place to drop a file or write a note."""
    who = intake.adder()
    with library().reading() as db:
        me = people.get(db, who.person_id or 0)
    mine = PersonRow(name=me.name, person_id=str(me.id), in_form=True)
    draft = Draft(details=Details(people=[mine]))
    if arrived := parameters.text(request.args, "upload", longest=40):
        _bring(who, draft, arrived)
    return _show(draft)


def _bring(who: Viewer, draft: Draft, upload_id: str) -> None:
    """Begin the form with a file that has arrived already: a recording made here."""
    uploads.finish(library(), who, upload_id)
    with library().reading() as db:
        draft.held.append(uploads.get(db, who, upload_id))
    intake.guess(draft)


@bp.post("/add")
def create() -> ResponseReturnValue:
    """Make a session of what was brought, and watch the work on it."""
    who = intake.adder()
    draft = intake.typed(request)
    try:
        intake.hold_files(request, who, draft)
        added = intake.take_in(who, draft)
    except CORRECTABLE as error:
        return _show(draft, error), status_of(error)
    return redirect(url_for("jobs.page", session_id=added.session_id))


def _show(draft: Draft, error: LibraryError | None = None) -> str:
    with library().reading() as db:
        known = people.known_to(db, viewer())
        room = quota.room_of(db, library().settings, viewer().person_id)
        begun = uploads.begun(db, viewer())
        shelves = collections.open_to(db, viewer())
    return render_template(
        "add/page.html",
        draft=draft,
        given=draft.details,
        error=str(error) if error else "",
        known_session=error.session_id if isinstance(error, AlreadyHereError) else None,
        limit=library().settings.max_upload_bytes,
        limit_in_words=quota.in_words(library().settings.max_upload_bytes),
        known_names=names_to_suggest(known),
        questions=questions_of(error),
        room=room,
        in_words=quota.in_words,
        begun=[upload for upload in begun if upload not in draft.held],
        shelves=shelves,
        languages=LANGUAGES,
    )
