"""Intake of files into a session and its sources, for the site, the API and commands."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from library.access import Viewer
from library.capture.file_signatures import HEAD
from library.capture.file_types import SHOWN, kind_of
from library.collections import collections
from library.consent import release
from library.consent.requests import session_to_note
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import MentoringSession, Source, SourceKind, State
from library.sessions import jobs, person_lookup, sessions, sources
from library.sessions.description import Description, with_people
from library.sessions.person_lookup import NamedPerson
from library.store import Library, Transaction
from library.translation import gettext, mark

LONGEST_NAME = 300  # characters
LONGEST_ENDING = 20


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """Stored file with its original name."""

    filename: str
    sha256: str
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class Added:
    """Result of an intake: the session, and the sources to queue."""

    session_id: int
    source_ids: Sequence[int]


class AlreadyHereError(ConflictError):
    """Error for a file that is already in a session that the viewer may see."""

    def __init__(self, session_id: int, title: str) -> None:
        super().__init__(
            mark(
                "The same file is in the library already, as “%(title)s”. Open that session, or "
                "confirm that you want to add the file again."
            ),
            title=title,
        )
        self.session_id = session_id


def keep(library: Library, filename: str, pieces: Iterable[bytes]) -> KeptFile:
    """Store the bytes of one file.

    Raises:
        InvalidInputError: the file is empty, or its type is not supported.
        StorageFullError: the disk is full.
    """
    name, stream = clean_name(filename), iter(pieces)
    if not (first := next(stream, b"")):
        raise InvalidInputError(
            "“%(name)s” is empty: it holds 0 bytes. Choose another file.", name=name
        )
    kind_of(name, first[:HEAD])
    sha256, size = library.files.keep(chain([first], stream))
    return KeptFile(filename=name, sha256=sha256, size=size)


def discard(library: Library, files: Iterable[KeptFile]) -> None:
    """Delete stored files that did not become part of a session."""
    with library.reading() as db:
        unused = sessions.unused_hashes(db, [file.sha256 for file in files])
    sessions.forget_files(library, unused)


def belonging_together(paths: Iterable[Path]) -> list[list[Path]]:
    """Group files by folder and name without suffix, one group for each session."""
    groups: dict[Path, list[Path]] = {}
    for path in paths:
        groups.setdefault(path.with_suffix(""), []).append(path)
    return list(groups.values())


def clean_name(filename: str) -> str:
    """Return the last part of a file name for display. It is never used as a path.

    A name that is too long is shortened, but keeps its suffix, which shows the file type.
    """
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(c for c in name if c.isprintable()).strip()
    if not printable.strip(". "):
        return "recording"
    stem, dot, ending = printable.rpartition(".")
    if len(printable) <= LONGEST_NAME or not stem or len(ending) > LONGEST_ENDING:
        return printable[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending


def create_session(
    library: Library,
    viewer: Viewer,
    described: Description,
    files: Sequence[KeptFile],
    *,
    participants: Sequence[NamedPerson] = (),
    collection_ids: Sequence[int] = (),
    again: bool = False,
    alone: bool = False,
    also: Callable[[Transaction, Added], None] | None = None,
) -> Added:
    """Create a session from files, in one transaction.

    A transcript that is added with one recording replaces automatic transcription.

    Args:
        library: library that gets the session.
        viewer: person who adds the session and becomes its owner.
        described: title and other fields of the session.
        files: stored files.
        participants: names with their roles; unknown people are created.
        collection_ids: ids of the collections that the session is added to.
        again: whether to add files that the library already has.
        alone: whether *viewer* says that they are the only speaker.
        also: function that is called in the same transaction. If it raises an error, nothing is
            added.

    Raises:
        NotAllowedError: *viewer* may not add sessions.
        InvalidInputError: there is no file, or the title is empty.
        AlreadyHereError: *viewer* can already see a session with the same file.
        AmbiguousNameError: several people may be meant by the name of a participant.
    """
    if not viewer.may_add_sessions(members_may_upload=library.settings.members_may_upload):
        raise NotAllowedError("Only mentors and administrators can add sessions here.")
    drafts = _drafts(library, files)
    with library.transaction() as db:
        _require_bytes(library, files)
        if not again:
            _refuse_known(db, viewer, files)
        named = person_lookup.participants(db, viewer, participants)
        session = sessions.add(db, with_people(described, named), owner_id=viewer.person_id)
        added = [_put_source(db, session, draft, alone=alone) for draft in drafts]
        for collection_id in collection_ids:
            collections.append_session(db, viewer, collections.get(db, collection_id), session.id)
        release.choose(db, viewer, session)
        done = Added(session_id=session.id, source_ids=[source.id for source in added])
        if also is not None:
            also(db, done)
        return done


def add_note(library: Library, viewer: Viewer, session_id: int, file: KeptFile) -> int:
    """Add a note to a session in which *viewer* took part; return the source id.

    People who gave consent are asked again, because the session has new content.

    Raises:
        NotFoundError: *viewer* may not see the session.
        NotAllowedError: *viewer* did not take part in the session.
    """
    with library.transaction() as db:
        _require_bytes(library, [file])
        session = session_to_note(db, viewer, session_id)
        source = sources.add(
            db,
            session,
            kind=SourceKind.NOTE,
            filename=file.filename,
            sha256=file.sha256,
            size=file.size,
        )
        source.added_by = viewer.person_id
        db.flush()
        db.expire(session, ["sources"])
        release.refresh(db, session)
        return source.id


def use_transcript(library: Library, viewer: Viewer, source_id: int, file: KeptFile) -> None:
    """Use a written transcript instead of automatic transcription, and queue the source.

    Raises:
        NotAllowedError: *viewer* may not change the session.
        InvalidInputError: the file is not a transcript.
        ConflictError: the recording is being processed.
    """
    if kind_of(file.filename, _head(library, file.sha256)) is not SourceKind.TRANSCRIPT:
        raise InvalidInputError(
            "This file is not a readable transcript. Use %(formats)s.", formats=gettext(SHOWN)
        )
    with library.transaction() as db:
        source = sources.source_to_edit(db, viewer, source_id)
        if source.state is State.WORKING:
            raise ConflictError(
                "This recording is being processed. Stop the processing first, or wait."
            )
        replaced = source.transcript_sha256
        source.transcript_sha256, source.transcript_filename = file.sha256, file.filename
        jobs.transcribe_again(db, source)
        db.flush()
        unused = sessions.unused_hashes(db, [replaced] if replaced else [])
    sessions.forget_files(library, unused)


def _drafts(
    library: Library, files: Sequence[KeptFile]
) -> list[tuple[SourceKind, KeptFile, KeptFile | None]]:
    if not files:
        raise InvalidInputError("Choose a file, or write a note.")
    distinct = list({file.sha256: file for file in files}.values())
    kinds = [(kind_of(f.filename, _head(library, f.sha256)), f) for f in distinct]
    recordings = [f for kind, f in kinds if kind is SourceKind.RECORDING]
    transcripts = [f for kind, f in kinds if kind is SourceKind.TRANSCRIPT]
    if len(recordings) == 1 and len(transcripts) == 1:
        rest = [(kind, f, None) for kind, f in kinds if kind is SourceKind.NOTE]
        return [(SourceKind.RECORDING, recordings[0], transcripts[0]), *rest]
    return [(kind, file, None) for kind, file in kinds]


def _put_source(
    db: Transaction,
    session: MentoringSession,
    draft: tuple[SourceKind, KeptFile, KeptFile | None],
    *,
    alone: bool,
) -> Source:
    kind, file, words = draft
    return sources.add(
        db,
        session,
        kind=kind,
        filename=file.filename,
        sha256=file.sha256,
        size=file.size,
        transcript=(words.sha256, words.filename) if words else None,
        alone=alone,
    )


def _head(library: Library, sha256: str) -> bytes:
    with library.files.path(sha256).open("rb") as file:
        return file.read(HEAD)


def _require_bytes(library: Library, files: Sequence[KeptFile]) -> None:
    """Check under the write lock that the files still exist.

    Raises:
        ConflictError: a concurrent removal deleted a file.
    """
    for file in files:
        if not library.files.has(file.sha256):
            raise ConflictError(
                "“%(name)s” was just removed from the library. Choose the file again.",
                name=file.filename,
            )


def _refuse_known(db: Transaction, viewer: Viewer, files: Sequence[KeptFile]) -> None:
    for file in files:
        known: Source | None = sources.visible_by_hash(db, viewer, file.sha256)
        if known is not None:
            raise AlreadyHereError(known.session_id, known.session.title)
