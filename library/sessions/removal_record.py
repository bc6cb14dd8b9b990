"""Removal record: each removal as a line of a file outside the database, without text.

A backup that is older than a removal still contains the removed items. So each removal is also
written to a file outside the backups, and `preservation.reapply_removals` repeats it on a restored
copy. The row is written in the transaction of the removal, the line right after. If the process
stops in between, the next call of `write` completes the file from the row.

A line is a JSON object with `id`, `at`, `kind` and the facts that identify the removed item. Facts
are id and creation time of a session, source or person, keyed hashes, seconds or character offsets.
`key` is the keyed hash of the empty text and identifies the key. The first line names the library.
"""

import fcntl
import hmac
import json
import logging
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from library import keys
from library.errors import LibraryError
from library.files import convert_disk_errors, sync
from library.models import RecordedRemoval, ServiceSetting, now
from library.store import HOME, Library, Transaction

log = logging.getLogger(__name__)

NAME = "removals.jsonl"
FORMAT = "living-history removals"
VERSION = 1
IDENTITY = "library_id"  # name of the setting
SESSION, SOURCE, RANGE, WORDING, PERSON = "session", "source", "range", "wording", "person"
KNOWN = "known"  # kind of a line: all removals before it are in the record
DIGITS = 32  # hexadecimal digits of a keyed hash

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """Content of a removal record."""

    library: str  # identity of the library
    lines: Sequence[Line]
    damaged: int  # unreadable lines, without an incomplete last line

    @property
    def known_until(self) -> datetime | None:
        """Time of the newest line (UTC), up to which removals are known; None without lines."""
        return max((datetime.fromisoformat(line["at"]) for line in self.lines), default=None)


def note(db: Transaction, kind: str, **facts: Any) -> None:
    """Add a line for a removal to the database. `write` then appends the line to the file."""
    line = _line(kind, **facts, key=keyed(db.info[HOME], ""))
    db.add(RecordedRemoval(uid=line["id"], content=dict(line)))
    db.flush()


def keyed(home: Path, text: str) -> str:
    """Return the keyed hash of a text: HMAC-SHA256, cut to 32 hexadecimal digits (`DIGITS`).

    Without the key of the library, no text can be tested against the hash.
    """
    key = keys.receipt_key(home) + b"removal record"
    return hmac.digest(key, text.encode(), "sha256").hex()[:DIGITS]


def keyed_in(db: Transaction, texts: Iterable[str]) -> list[str]:
    """Return the keyed hashes of texts, sorted."""
    return sorted(keyed(db.info[HOME], text) for text in set(texts))


def identity(db: Transaction) -> str:
    """Return the identity of the library, which its backups and removal record also contain."""
    return str(db.get_one(ServiceSetting, IDENTITY).value)


def set_identity(db: Transaction, library: str) -> None:
    """Set the identity of the library, for a restored copy."""
    db.merge(ServiceSetting(name=IDENTITY, value=library))
    db.flush()


def write(library: Library) -> bool:
    """Append the removals that are not in the record file yet. Return whether that succeeded.

    A failure does not undo the removals. The next call writes the missing lines.
    """
    with library.reading() as db:
        waiting = select(RecordedRemoval.id).where(RecordedRemoval.written_at.is_(None))
        if db.scalar(waiting.limit(1)) is None:
            return True
    return complete(library)


def complete(library: Library, *, known: bool = False) -> bool:
    """Append all removals that only the database has to the record file. Return True if it worked.

    Args:
        library: library of the record.
        known: whether to add a line of the kind `KNOWN`, which states that the file is complete.
    """
    try:
        with _locked(library.settings.home / NAME) as file:
            _complete(library, file, known=known)
    except (OSError, LibraryError):
        log.exception("the removal record cannot be written; it will be completed later")
        return False
    return True


def missing(library: Library) -> int:
    """Return the number of removals that are in the database and not in the record file."""
    record = read(library.settings.home / NAME)
    written = {line["id"] for line in record.lines} if record else set()
    with library.reading() as db:
        return sum(uid not in written for uid in db.scalars(select(RecordedRemoval.uid)))


def text_of(db: Transaction) -> bytes:
    """Return the whole record from the database, with a last line that states its completeness."""
    rows = db.scalars(select(RecordedRemoval).order_by(RecordedRemoval.id))
    return as_file(identity(db), [*(row.content for row in rows), _line(KNOWN)])


def as_file(library: str, lines: Iterable[Line]) -> bytes:
    """Encode a record: a first line with format and library, then one JSON object per line."""
    head = {"format": FORMAT, "version": VERSION, "library": library}
    return b"".join(_encoded(line) for line in (head, *lines))


def read(path: Path) -> Record | None:
    """Read a record. Return None if the file cannot be read or is not a record."""
    try:
        return parse(path.read_bytes())
    except OSError:
        return None


def parse(content: bytes) -> Record | None:
    """Parse the content of a record. Return None if it is not a record.

    A last line without line feed, cut off by a crash, is left out. `complete` appends it again from
    the database.
    """
    head, *rest = content.split(b"\n")
    about = _decoded(head)
    if about is None or about.get("format") != FORMAT:
        return None
    lines = [_decoded(line) for line in rest[:-1] if line]
    valid = [line for line in lines if line is not None and {"id", "at", "kind"} <= line.keys()]
    return Record(str(about.get("library")), valid, len(lines) - len(valid))


def put(path: Path, content: bytes) -> None:
    """Replace a file atomically, with mode 0600, and sync it to the disk.

    Raises:
        StorageFullError: the disk is full.
        UnusableError: the folder cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with convert_disk_errors():
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            sync(path.parent)
        finally:
            fresh.unlink(missing_ok=True)


def name_for(library: str) -> str:
    """Return the file name for a record in a folder that has the record of another library."""
    return f"removals-{library[:8]}.jsonl"


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open or create a file for reading and appending, lock it and yield its descriptor."""
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if is_new:
            sync(path.parent)
        yield handle
    finally:
        os.close(handle)


def _complete(library: Library, file: int, *, known: bool) -> None:
    path = library.settings.home / NAME
    with library.reading() as db:
        own = identity(db)
        rows = db.scalars(select(RecordedRemoval).order_by(RecordedRemoval.id)).all()
    record = read(path)
    if record is None or record.library != own:
        if record is not None:  # record of another library: keep it under another name
            put(path.with_name(name_for(record.library)), path.read_bytes())
        os.ftruncate(file, 0)
        _append(file, as_file(own, []))
    written = {line["id"] for line in record.lines} if record and record.library == own else set()
    lacking = [row.content for row in rows if row.uid not in written]
    if known:
        lacking.append(_line(KNOWN))
    if lacking:
        cut_off = b"" if path.read_bytes().endswith(b"\n") else b"\n"
        _append(file, cut_off + b"".join(_encoded(line) for line in lacking))
    unwritten = [row.id for row in rows if row.written_at is None]
    if unwritten:
        with library.transaction() as db:
            marked = update(RecordedRemoval).where(RecordedRemoval.id.in_(unwritten))
            db.execute(marked.values(written_at=now()))


def _append(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)


def _line(kind: str, **facts: Any) -> dict[str, Any]:
    about = {"id": secrets.token_hex(8), "at": now().isoformat(timespec="seconds"), "kind": kind}
    return {**about, **facts}


def _encoded(line: Line) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
