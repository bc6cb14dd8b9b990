"""How files become a session and its sources, the same for the site, the API and the terminal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from library.access import Viewer
from library.consent import release
from library.consent.asked import session_to_note
from library.editing.recognition import SHOWN, kind_of
from library.editing.signatures import HEAD
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.holdings import collections, jobs, naming, sessions, sources
from library.holdings.naming import NamedPerson
from library.holdings.sessions import Description
from library.models import MentoringSession, Source, SourceKind, State
from library.store import Library, Transaction

LONGEST_NAME = 300  # characters
LONGEST_ENDING = 20


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file whose bytes the library keeps already, and what its owner called it."""

    filename: str
    sha256: str
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class Added:
    """What became of the files: a session, and the sources to hand to the queue."""

    session_id: int
    source_ids: Sequence[int]


class AlreadyHereError(ConflictError):
    """The same file is in the library already."""

    def __init__(self, session_id: int, title: str) -> None:
        super().__init__(
            f"The same file is in the library already, as “{title}”. Open that session, "
            "or say that you want to add the file once more."
        )
        self.session_id = session_id


def keep(library: Library, filename: str, pieces: Iterable[bytes]) -> KeptFile:
    """Keep the bytes of one file.

    Raises:
        InvalidInputError: it is empty, or of a kind that we cannot use.
        StorageFullError: the disk has no room left.
    """
    name, stream = clean_name(filename), iter(pieces)
    if not (first := next(stream, b"")):
        raise InvalidInputError(f"“{name}” is empty: it holds 0 bytes. Choose the file once more.")
    kind_of(name, first[:HEAD])
    sha256, size = library.files.keep(chain([first], stream))
    return KeptFile(filename=name, sha256=sha256, size=size)


def discard(library: Library, files: Iterable[KeptFile]) -> None:
    """Forget kept files that did not become part of a session."""
    with library.reading() as db:
        unused = sessions.unused_hashes(db, [file.sha256 for file in files])
    sessions.forget_files(library, unused)


def belonging_together(paths: Iterable[Path]) -> list[list[Path]]:
    """Files in groups for a session each: of the same folder and name, but for the ending."""
    groups: dict[Path, list[Path]] = {}
    for path in paths:
        groups.setdefault(path.with_suffix(""), []).append(path)
    return list(groups.values())


def clean_name(filename: str) -> str:
    """The last part of a file's name, as people may see it; never used as a path.

    A name that is too long is shortened before its ending, which tells what the file is.
    """
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in name if c.isprintable()).strip()
    if not shown.strip(". "):
        return "recording"
    stem, dot, ending = shown.rpartition(".")
    if len(shown) <= LONGEST_NAME or not stem or len(ending) > LONGEST_ENDING:
        return shown[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending


def take_in(
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
    """Make a session from files; all of it in one transaction.

    A transcript that comes with one recording stands in for Whisper's.

    Args:
        library: where to.
        viewer: who adds it, and owns it from then on.
        described: what they say about it.
        files: what they brought; their bytes are kept already.
        participants: names with their roles; people who are not known yet are made.
        collection_ids: where an administrator puts it.
        again: whether a file that is in the library already is wanted once more.
        alone: whether *viewer* says that they alone speak in the recordings.
        also: what belongs to the same transaction; if it raises, nothing was added.

    Raises:
        NotAllowedError: *viewer* may not add sessions.
        InvalidInputError: there is no file, or no title.
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
        named = naming.participants(db, viewer, participants)
        session = sessions.add(
            db, sessions.with_people(described, named), owner_id=viewer.person_id
        )
        added = [_put_source(db, session, draft, alone=alone) for draft in drafts]
        for collection_id in collection_ids:
            collections.put_in(db, viewer, collections.get(db, collection_id), session.id)
        release.choose(db, viewer, session)
        done = Added(session_id=session.id, source_ids=[source.id for source in added])
        if also is not None:
            also(db, done)
        return done


def add_note(library: Library, viewer: Viewer, session_id: int, file: KeptFile) -> int:
    """Add a note of *viewer*'s own to a session they took part in; gives the source's id.

    Whoever answered for the session is asked again: it holds more than they agreed to.

    Raises:
        NotFoundError: *viewer* may not see the session.
        NotAllowedError: they took no part in it.
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
        release.settle(db, session)
        return source.id


def use_transcript(library: Library, viewer: Viewer, source_id: int, file: KeptFile) -> None:
    """Let a written transcript stand in for Whisper's; the work begins again behind decoding.

    Raises:
        NotAllowedError: *viewer* may not change the session.
        InvalidInputError: the file is no transcript.
        ConflictError: the recording is being worked on.
    """
    if kind_of(file.filename, _head(library, file.sha256)) is not SourceKind.TRANSCRIPT:
        raise InvalidInputError(f"This is no transcript that we can read. It may be {SHOWN}.")
    with library.transaction() as db:
        source = sources.source_to_edit(db, viewer, source_id)
        if source.state is State.WORKING:
            raise ConflictError("This recording is being worked on. Stop the work first, or wait.")
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
    """Under the write lock: a removal of the same bytes may have been faster than we."""
    for file in files:
        if not library.files.has(file.sha256):
            raise ConflictError(
                f"“{file.filename}” was just removed from the library by somebody else. "
                "Choose it once more."
            )


def _refuse_known(db: Transaction, viewer: Viewer, files: Sequence[KeptFile]) -> None:
    for file in files:
        known: Source | None = sources.visible_by_hash(db, viewer, file.sha256)
        if known is not None:
            raise AlreadyHereError(known.session_id, known.session.title)
