"""Add a session: a recording, a transcript, a note, or words written right here."""

from dataclasses import dataclass, field
from typing import BinaryIO, cast

from flask import Blueprint, Request, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import collections, intake, people, uploads
from library.access import Viewer
from library.errors import (
    ConflictError,
    InvalidInputError,
    LibraryError,
    NotAllowedError,
    NotFoundError,
    StorageFullError,
)
from library.files import pieces_of
from library.intake import AlreadyHereError, KeptFile
from library.models import Upload
from web import details, parameters
from web.context import library, queue, viewer
from web.details import Details
from web.errors import status_of
from web.look import LANGUAGES

bp = Blueprint("add", __name__)

LONGEST_NOTE = 1_000_000  # characters
CORRECTABLE = (InvalidInputError, ConflictError, NotFoundError, StorageFullError)


@dataclass(kw_only=True)
class Draft:
    """What somebody brought and typed; shown again when it cannot be taken as it is."""

    details: Details = field(default_factory=Details)
    note: str = ""
    held: list[Upload] = field(default_factory=list)
    again: bool = False


@bp.get("/add")
def page() -> str:
    """The place to drop a file or write a note."""
    who = _adder()
    with library().reading() as db:
        me = people.get(db, who.person_id or 0)
    return _show(Draft(details=Details(people=[(me.name, "mentor")])))


@bp.post("/add")
def create() -> ResponseReturnValue:
    """Make a session of what was brought, and watch the work on it."""
    who = _adder()
    draft = _typed(request)
    try:
        _hold_files(who, draft)
        session_id = _take_in(who, draft)
    except CORRECTABLE as error:
        return _show(draft, error), status_of(error)
    return redirect(url_for("jobs.page", session_id=session_id))


def _adder() -> Viewer:
    """Whoever asks, if they may add sessions.

    Raises:
        NotAllowedError: they may not.
    """
    who = viewer()
    if not who.may_add_sessions(members_may_upload=library().settings.members_may_upload):
        raise NotAllowedError("Only mentors and administrators can add sessions here.")
    return who


def _typed(given: Request) -> Draft:
    return Draft(
        details=Details.of_form(given.form),
        note=parameters.text(given.form, "note", longest=LONGEST_NOTE),
        again=given.form.get("again") == "1",
    )


def _hold_files(who: Viewer, draft: Draft) -> None:
    """Gather the files that have arrived in pieces, and those that come with the form."""
    place = library()
    for upload_id in request.form.getlist("upload")[:50]:
        uploads.finish(place, who, upload_id)
        with place.reading() as db:
            draft.held.append(uploads.get(db, who, upload_id))
    for file in request.files.getlist("file"):
        if not file.filename:
            continue
        kept = intake.keep(place, file.filename, pieces_of(cast(BinaryIO, file.stream)))
        draft.held.append(
            uploads.hold(
                place,
                who.person_id or 0,
                filename=kept.filename,
                sha256=kept.sha256,
                size=kept.size,
            )
        )


def _take_in(who: Viewer, draft: Draft) -> int:
    """Make the session; gives its id."""
    place = library()
    files = [KeptFile(filename=u.filename, sha256=u.sha256 or "", size=u.size) for u in draft.held]
    _guess(draft, files)
    described, participants = draft.details.described(), draft.details.participants()
    written = [_written(draft)] if draft.note else []
    try:
        added = intake.take_in(
            place,
            who,
            described,
            [*files, *written],
            participants=participants,
            collection_ids=draft.details.collections if who.is_admin else (),
            again=draft.again,
        )
    except LibraryError:
        intake.discard(place, written)  # its text stays in the form
        raise
    uploads.settle(place, who, [upload.id for upload in draft.held], added.session_id)
    for source_id in added.source_ids:
        queue().request(source_id)
    return added.session_id


def _guess(draft: Draft, files: list[KeptFile]) -> None:
    """Fill in what was left empty and can be read from the names."""
    given = draft.details
    if not given.title and files:
        given.title = details.title_of(files[0].filename)
    elif not given.title and draft.note:
        given.title = details.title_in(draft.note)
    if not given.held_on and files:
        given.held_on = details.date_in(files[0].filename)


def _written(draft: Draft) -> KeptFile:
    name = f"{draft.details.title[:100] or 'note'}.md"
    return intake.keep(library(), name, [draft.note.encode()])


def _show(draft: Draft, error: LibraryError | None = None) -> str:
    with library().reading() as db:
        known = people.known_to(db, viewer())
        shelves = collections.everything(db) if viewer().is_admin else ()
    return render_template(
        "add/page.html",
        draft=draft,
        given=draft.details,
        error=str(error) if error else "",
        known_session=error.session_id if isinstance(error, AlreadyHereError) else None,
        limit=library().settings.max_upload_bytes,
        limit_in_words=uploads.in_words(library().settings.max_upload_bytes),
        known_people=known,
        shelves=shelves,
        languages=LANGUAGES,
    )
