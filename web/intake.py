"""What somebody brings in a form becomes a session: files and written words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from flask import Request

from library.access import Viewer
from library.capture import captures, intake, uploads
from library.capture.intake import Added, KeptFile
from library.errors import LibraryError, NotAllowedError
from library.files import pieces_of
from library.holdings import collections
from library.models import Upload
from library.store import Transaction
from web import details, parameters
from web.context import library, queue, viewer
from web.details import Details
from web.repetition import Repeatable

LONGEST_NOTE = 1_000_000  # characters
MOST_FILES = 50


@dataclass(kw_only=True)
class Draft:
    """What somebody brought and typed; shown again when it cannot be taken as it is."""

    details: Details = field(default_factory=Details)
    note: str = ""
    held: list[Upload] = field(default_factory=list)
    brought: list[Upload] = field(default_factory=list)  # those of them that came with the form
    again: bool = False
    alone: bool = False  # whether they say that they alone speak in it


def adder() -> Viewer:
    """Whoever asks, if they may add sessions.

    Raises:
        NotAllowedError: they may not.
    """
    who = viewer()
    if not who.may_add_sessions(members_may_upload=library().settings.members_may_upload):
        raise NotAllowedError("Only mentors and administrators can add sessions here.")
    return who


def typed(given: Request) -> Draft:
    """What stands in the fields of the form."""
    return Draft(
        details=Details.of_form(given.form),
        note=parameters.text(given.form, "note", longest=LONGEST_NOTE),
        again=given.form.get("again") == "1",
        alone=given.form.get("alone") == "1",
    )


def hold_files(given: Request, who: Viewer, draft: Draft) -> None:
    """Gather the files that have arrived in pieces, and those that come with the form.

    Each is remembered as it comes, so that an objection to a later one loses none of them.

    Raises:
        NotFoundError: an upload is gone.
        ConflictError: an upload is not complete.
        InvalidInputError: a file is empty or of a kind that we cannot use.
        StorageFullError: the disk has no room left.
    """
    place = library()
    for upload_id in given.form.getlist("upload")[:MOST_FILES]:
        uploads.finish(place, who, upload_id)
        with place.reading() as db:
            draft.held.append(uploads.get(db, who, upload_id))
    for file in given.files.getlist("file")[:MOST_FILES]:
        if file.filename:
            kept = intake.keep(place, file.filename, pieces_of(cast(BinaryIO, file.stream)))
            upload, new = uploads.hold(place, who, kept)
            draft.held.append(upload)
            if new:
                draft.brought.append(upload)


@contextmanager
def let_go_if_refused(draft: Draft) -> Iterator[None]:
    """Keep nothing of the files that come with a request that is refused.

    A program sends them again; a person has them in the form, and goes on from there.
    """
    try:
        yield
    except BaseException:
        uploads.let_go(library(), [upload.id for upload in draft.brought])
        raise


def take_in(who: Viewer, draft: Draft, repeatable: Repeatable | None = None) -> Added:
    """Make the session and ask for the work on it.

    Raises:
        AnsweredError: the same request, by its Idempotency-Key, was faster.
        InvalidInputError: something is missing or cannot be used.
        AlreadyHereError: the same file is in the library, and `again` was not asked for.
    """
    place = library()
    files = guess(draft)
    described, participants = draft.details.described(), draft.details.participants()
    written = [_written(draft)] if draft.note else []

    def also(db: Transaction, added: Added) -> None:
        captures.hand_over_chapters(db, draft.held, added.source_ids)
        if repeatable is not None:
            answer = {"session_id": added.session_id, "source_ids": list(added.source_ids)}
            repeatable.keep(db, answer)

    try:
        added = intake.take_in(
            place,
            who,
            described,
            [*files, *written],
            participants=participants,
            collection_ids=_open_shelves(who, draft.details.collections),
            again=draft.again,
            alone=draft.alone,
            also=also,
        )
    except LibraryError:
        intake.discard(place, written)  # its text stays in the form
        raise
    uploads.settle(place, who, [upload.id for upload in draft.held], added.session_id)
    for source_id in added.source_ids:
        queue().request(source_id)
    return added


def _open_shelves(who: Viewer, wanted: list[int]) -> list[int]:
    """Those of the collections that are open to *who*; others were not in the form."""
    with library().reading() as db:
        return [shelf.id for shelf in collections.open_to(db, who) if shelf.id in wanted]


def guess(draft: Draft) -> list[KeptFile]:
    """Fill in what was left empty and can be read from the files' names; gives the files."""
    given = draft.details
    files = [
        KeptFile(filename=u.filename, sha256=u.sha256 or "", size=u.received) for u in draft.held
    ]
    if not given.title and files:
        given.title = details.title_of(files[0].filename)
    elif not given.title and draft.note:
        given.title = details.title_in(draft.note)
    if not given.held_on and files:
        given.held_on = details.date_in(files[0].filename)
    return files


def _written(draft: Draft) -> KeptFile:
    name = f"{draft.details.title[:100] or 'note'}.md"
    return intake.keep(library(), name, [draft.note.encode()])
