"""Creation of a session from a form: uploaded files and written text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from flask import Request

from library.access import Viewer
from library.capture import browser_recordings, intake, uploads
from library.capture.intake import Added, KeptFile
from library.collections import collections
from library.errors import LibraryError, NotAllowedError
from library.files import pieces_of
from library.models import Upload
from library.store import Transaction
from web.capture import session_form
from web.capture.session_form import SessionForm
from web.http import params
from web.http.context import library, queue, viewer
from web.http.idempotency import IdempotentRequest

LONGEST_NOTE = 1_000_000  # characters
MOST_FILES = 50


@dataclass(kw_only=True)
class Draft:
    """Content of the form that adds a session. It is shown again if the form has an error.

    Attributes:
        details: Fields of the form.
        note: Text of a note.
        uploads: Uploads that the new session will contain.
        new_uploads: Those `uploads` that were sent with this request.
        again: Whether to add a file that is in the library already.
        alone: Whether the person states that they are the only speaker.
    """

    details: SessionForm = field(default_factory=SessionForm)
    note: str = ""
    uploads: list[Upload] = field(default_factory=list)
    new_uploads: list[Upload] = field(default_factory=list)
    again: bool = False
    alone: bool = False


def require_may_add() -> Viewer:
    """Return the viewer, who has to be allowed to add sessions.

    Raises:
        NotAllowedError: The viewer may not add sessions.
    """
    who = viewer()
    if not who.may_add_sessions(members_may_upload=library().settings.members_may_upload):
        raise NotAllowedError("Only mentors and administrators can add sessions here.")
    return who


def typed(given: Request) -> Draft:
    """Return a draft with the fields of the form, without the files."""
    return Draft(
        details=SessionForm.of_form(given.form),
        note=params.text(given.form, "note", longest=LONGEST_NOTE),
        again=given.form.get("again") == "1",
        alone=given.form.get("alone") == "1",
    )


def hold_files(given: Request, who: Viewer, draft: Draft) -> None:
    """Add the finished uploads and the files of the form to the draft.

    Files are stored one after the other. After an error, the earlier files stay stored.

    Raises:
        NotFoundError: An upload does not exist any more.
        ConflictError: An upload is not complete.
        InvalidInputError: A file is empty or of a type that is not supported.
        StorageFullError: The disk has no free space.
    """
    place = library()
    for upload_id in given.form.getlist("upload")[:MOST_FILES]:
        uploads.finish(place, who, upload_id)
        with place.reading() as db:
            draft.uploads.append(uploads.get(db, who, upload_id))
    for file in given.files.getlist("file")[:MOST_FILES]:
        if file.filename:
            stored = intake.keep(place, file.filename, pieces_of(cast(BinaryIO, file.stream)))
            upload, new = uploads.keep_single_request_file(place, who, stored)
            draft.uploads.append(upload)
            if new:
                draft.new_uploads.append(upload)


@contextmanager
def discard_files_on_error(draft: Draft) -> Iterator[None]:
    """Discard the files that were sent with an API request if the request fails.

    An API client sends its files again. A web form does not use this function: its files stay
    available, so that a person can correct the form.
    """
    try:
        yield
    except BaseException:
        uploads.discard(library(), [upload.id for upload in draft.new_uploads])
        raise


def create_session(who: Viewer, draft: Draft, repeatable: IdempotentRequest | None = None) -> Added:
    """Create the session and request its jobs. Return the ids of the session and its sources.

    Raises:
        AnsweredError: A request with the same Idempotency-Key was completed meanwhile.
        InvalidInputError: A field is missing or not valid.
        NotFoundError: An upload of the draft does not exist any more.
        AlreadyHereError: The file is in the library already, and `again` is not set.
    """
    place = library()
    files = fill_defaults(draft)
    described, participants = draft.details.described(), draft.details.participants()
    written = [_written(draft)] if draft.note else []

    def also(db: Transaction, added: Added) -> None:
        browser_recordings.hand_over_chapters(db, draft.uploads, added.source_ids)
        uploads.attach_to_session(db, who, [one.id for one in draft.uploads], added.session_id)
        if repeatable is not None:
            answer = {"session_id": added.session_id, "source_ids": list(added.source_ids)}
            repeatable.keep(db, answer)

    try:
        added = intake.create_session(
            place,
            who,
            described,
            [*files, *written],
            participants=participants,
            collection_ids=_open_collections(who, draft.details.collections),
            again=draft.again,
            alone=draft.alone,
            also=also,
        )
    except LibraryError:
        intake.discard(place, written)  # the form that is shown again contains the text
        raise
    for source_id in added.source_ids:
        queue().request(source_id)
    return added


def _open_collections(who: Viewer, wanted: list[int]) -> list[int]:
    """Return the ids in *wanted* that belong to collections to which *who* may add sessions."""
    with library().reading() as db:
        return [
            collection.id
            for collection in collections.writable_collections(db, who)
            if collection.id in wanted
        ]


def fill_defaults(draft: Draft) -> list[KeptFile]:
    """Fill an empty title or date of a draft from its files or note. Return its uploaded files."""
    given = draft.details.texts
    files = [
        KeptFile(filename=u.filename, sha256=u.sha256 or "", size=u.received) for u in draft.uploads
    ]
    if not given["title"] and files:
        given["title"] = session_form.title_of(files[0].filename)
    elif not given["title"] and draft.note:
        given["title"] = session_form.title_in(draft.note)
    if not given["held_on"] and files:
        given["held_on"] = session_form.date_in(files[0].filename)
    return files


def _written(draft: Draft) -> KeptFile:
    name = f"{draft.details.texts['title'][:100] or 'note'}.md"
    return intake.keep(library(), name, [draft.note.encode()])
