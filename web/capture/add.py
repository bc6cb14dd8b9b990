"""Page that adds a session: a recording, a transcript, a note, or text written in the form."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.accounts import people
from library.capture import quota, uploads
from library.capture.file_types import ACCEPTED
from library.capture.intake import AlreadyHereError
from library.collections import collections
from library.errors import (
    ConflictError,
    InvalidInputError,
    LibraryError,
    NotFoundError,
    StorageFullError,
)
from web.capture import create_session
from web.capture.create_session import Draft
from web.capture.name_disambiguation import names_to_suggest, questions_of
from web.capture.session_form import PersonRow, SessionForm
from web.http import params
from web.http.context import library, viewer
from web.http.errors import status_of

bp = Blueprint("add", __name__)

CORRECTABLE = (InvalidInputError, ConflictError, NotFoundError, StorageFullError)


@bp.get("/add")
def page() -> str:
    """Show the form that takes files or a note."""
    who = create_session.require_may_add()
    with library().reading() as db:
        me = people.get(db, who.person_id or 0)
    mine = PersonRow(name=me.name, person_id=str(me.id), in_form=True)
    draft = Draft(details=SessionForm(people=[mine]))
    if arrived := params.text(request.args, "upload", longest=40):
        _bring(who, draft, arrived)
    return _show(draft)


def _bring(who: Viewer, draft: Draft, upload_id: str) -> None:
    """Add an uploaded browser recording to the draft of the form."""
    uploads.finish(library(), who, upload_id)
    with library().reading() as db:
        draft.uploads.append(uploads.get(db, who, upload_id))
    create_session.fill_defaults(draft)


@bp.post("/add")
def create() -> ResponseReturnValue:
    """Create a session and open its progress page."""
    who = create_session.require_may_add()
    draft = create_session.typed(request)
    try:
        create_session.hold_files(request, who, draft)
        added = create_session.create_session(who, draft)
    except CORRECTABLE as error:
        return _show(draft, error), status_of(error)
    return redirect(url_for("jobs.page", session_id=added.session_id))


def _show(draft: Draft, error: LibraryError | None = None) -> str:
    with library().reading() as db:
        known = people.known_to(db, viewer())
        storage = quota.quota_of(db, library().settings, viewer().person_id)
        begun = uploads.unfinished_uploads(db, viewer())
        collection_list = collections.writable_collections(db, viewer())
    return render_template(
        "capture/add.html",
        draft=draft,
        accepted=ACCEPTED,
        given=draft.details,
        error=str(error) if error else "",
        known_session=error.session_id if isinstance(error, AlreadyHereError) else None,
        limit=library().settings.max_upload_bytes,
        limit_in_words=quota.in_words(library().settings.max_upload_bytes),
        known_names=names_to_suggest(known),
        questions=questions_of(error),
        storage=storage,
        in_words=quota.in_words,
        begun=[upload for upload in begun if upload not in draft.uploads],
        collection_list=collection_list,
    )
