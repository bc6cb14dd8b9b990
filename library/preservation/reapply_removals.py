"""Repetition of removals that are newer than the backup from which a library was restored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from library import audit
from library.access import GUEST
from library.errors import ConflictError
from library.models import (
    MentoringSession,
    Originals,
    Person,
    RecordedRemoval,
    Redaction,
    Source,
    SourceKind,
    Upload,
    now,
)
from library.removal import account_deletion, redacted_wording, take_back, trash
from library.removal import redaction as off_record
from library.removal.account_deletion import DeletionRequest, OwnName, OwnSessions
from library.removal.redaction import Chosen, RedactionPreview, TimeRange, Wording
from library.sessions import erasure, removal_record, sessions
from library.sessions.removal_record import Line
from library.store import Library, Transaction
from library.transcripts import versions

REPEATED = "library.removals-repeated"  # the action in the audit log


@dataclass
class Repeated:
    """Result of repeating removals after a restore."""

    removals: int = 0  # number of removals that found data to remove
    hidden: list[int] = field(default_factory=list)  # ids of sessions moved to the trash


def reapply(library: Library, lines: Iterable[Line]) -> Repeated:
    """Repeat each removal of the removal record that is not in the database yet.

    Each removal runs in one transaction, which also stores the line. A legal hold in the backup
    does not stop a removal that was allowed later.
    """
    with library.reading() as db:
        known = set(db.scalars(select(RecordedRemoval.uid)))
    repeated = Repeated()
    for line in lines:
        if line["id"] in known or line["kind"] not in _AGAIN:
            continue
        with library.transaction() as db:
            found = _AGAIN[line["kind"]](library, db, line, repeated)
            bytes_found = _forget_waiting(library, db, line.get("files", []))
            row = RecordedRemoval(uid=line["id"], content=dict(line), written_at=now())
            db.add(row)
            repeated.removals += found or bytes_found
    if repeated.removals or repeated.hidden:
        detail = {"removals": repeated.removals, "hidden": repeated.hidden}
        with library.transaction() as db:
            audit.record(db, None, REPEATED, ("library", None), detail=detail)
        erasure.finish(library)
    return repeated


def _session(_library: Library, db: Transaction, line: Line, _: Repeated) -> bool:
    session = _row_made_at(db, MentoringSession, line["session"], line["made"])
    if session is None or session.deleted_at is not None:
        return False
    take_back.remove_whole(db, GUEST, session)
    return True


def _source(_library: Library, db: Transaction, line: Line, _: Repeated) -> bool:
    source = _row_made_at(db, Source, line["source"], line["made"])
    if source is None:
        return False
    if len(source.session.sources) == 1:  # in the backup, the session has no other source
        take_back.remove_whole(db, GUEST, source.session)
    else:
        take_back.remove_part(db, GUEST, source)
    return True


def _range(library: Library, db: Transaction, line: Line, _: Repeated) -> bool:
    source = _row_made_at(db, Source, line["source"], line["made"])
    if source is None or _is_redacted(db, source, line):
        return False
    chosen = TimeRange(source.id, line["start"], line["end"])
    _redact_again(library, db, line, source, chosen)
    return True


def _wording(library: Library, db: Transaction, line: Line, repeated: Repeated) -> bool:
    """Redact the words of a removal line in a note again. Return whether words were found.

    The line contains only keyed hashes. Without their key, the session is moved to the trash.
    """
    source = _row_made_at(db, Source, line["source"], line["made"])
    version = versions.current_version(db, source.id) if source else None
    if source is None or version is None or _is_redacted(db, source, line):
        return False
    if line["key"] != removal_record.keyed(library.settings.home, ""):
        trash.hide(db, source.session)
        repeated.hidden.append(source.session_id)
        return False
    paragraphs = [segment.text for segment in versions.segments_of(db, version.id)]
    keyed = partial(removal_record.keyed, library.settings.home)
    found = redacted_wording.found_in(keyed, line, paragraphs)
    for number, text in found:
        _redact_again(library, db, line, source, Wording(source.id, number, text))
    return bool(found)


def _person(_library: Library, db: Transaction, line: Line, _: Repeated) -> bool:
    person = _row_made_at(db, Person, line["person"], line["made"])
    if person is None or person.email is None:
        return False
    request = DeletionRequest(sessions=OwnSessions(line["sessions"]), name=OwnName(line["name"]))
    try:
        with db.begin_nested():
            account_deletion.remove_account(db, GUEST, person.id, request)
    except ConflictError:  # a session has a legal hold in the backup: the sessions stay
        account_deletion.remove_account(db, GUEST, person.id, DeletionRequest(name=request.name))
    return True


_AGAIN: Mapping[str, Callable[[Library, Transaction, Line, Repeated], bool]] = {
    removal_record.SESSION: _session,
    removal_record.SOURCE: _source,
    removal_record.RANGE: _range,
    removal_record.WORDING: _wording,
    removal_record.PERSON: _person,
}


def _row_made_at(db: Transaction, table: Any, number: int, made: str) -> Any:
    """Return the row with this id and creation time, or None. An id alone can be reused."""
    row = db.get(table, number)
    return row if row is not None and row.created_at.isoformat() == made else None


def _is_redacted(db: Transaction, source: Source, line: Line) -> bool:
    made_at = datetime.fromisoformat(line["redacted"])
    same = select(Redaction.id).where(
        Redaction.source_id == source.id, Redaction.made_at == made_at
    )
    return db.scalar(same.limit(1)) is not None


def _redact_again(
    library: Library, db: Transaction, line: Line, source: Source, chosen: Chosen
) -> None:
    preview = RedactionPreview(
        start=chosen.start if isinstance(chosen, TimeRange) else None,
        end=chosen.end if isinstance(chosen, TimeRange) else None,
        words=chosen.text if isinstance(chosen, Wording) else "",
        versions=0,
        passages=0,
        sound=source.kind is SourceKind.RECORDING,
        picture=False,
        originals=Originals(line["originals"]),
    )
    redaction = off_record.apply_redaction(library, db, GUEST, chosen, preview)
    redaction.made_at = datetime.fromisoformat(line["redacted"])


def _forget_waiting(library: Library, db: Transaction, files: Iterable[str]) -> bool:
    """Delete waiting uploads that equal a removed file. Return whether there were any."""
    removed_hashes = set(files)
    if not removed_hashes:
        return False
    waiting = select(Upload).where(Upload.sha256.is_not(None), Upload.session_id.is_(None))
    home = library.settings.home
    found = [
        row
        for row in db.scalars(waiting)
        if row.sha256 and removal_record.keyed(home, row.sha256) in removed_hashes
    ]
    hashes = [row.sha256 for row in found if row.sha256]
    for row in found:
        db.delete(row)
    db.flush()
    for sha256 in sessions.unused_hashes(db, hashes):
        library.files.remove(sha256)
    return bool(found)
