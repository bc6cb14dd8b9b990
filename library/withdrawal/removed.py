"""Receipts of what was removed for good, and looking whether nothing of it is left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, func, select

from library.access import Viewer, visible_sessions
from library.consent import ledger, receipts
from library.holdings import erasure
from library.models import (
    Base,
    Embedding,
    Erasure,
    MentoringSession,
    Passage,
    PassageRemoval,
    Receipt,
    Removal,
    Segment,
    Source,
    ToldMoment,
    TranscriptVersion,
)
from library.store import Transaction

KIND = "removed"
PART = "removed-part"
WHOLE, PART_OF_IT = "session", "part"  # kinds of removals
PLACES = (
    ("words", "The transcript in every version, drafts of it, and what the machine heard"),
    ("search", "Search: passages, vectors, quotes, and the index on the disk"),
    ("sound", "The original, its copy for the player, waveform, captions and clips"),
    ("uploads", "Waiting, refused and cut-off uploads of the same files, whoever sent them"),
    ("sealed", "Originals under seal"),
    ("voices", "Voice prints and proposals that were made of it"),
    ("repeated", "Quotations of it in questions, searches, pinned answers, comments, e-mails"),
    ("lists", "Lists, exports, feeds and the API"),
    ("disk", "What the database's own files still held of it"),
)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What is about to go, counted before it goes."""

    session_id: int
    sources: Sequence[int]
    rows: Mapping[str, int]  # by table
    whole: bool  # the session with it


def counted(db: Transaction, session: MentoringSession, source_ids: Sequence[int]) -> Gone:
    """What there is of these sources of a session now."""
    rows = {
        table.name: _count(db, table, column, source_ids)
        for table, column in _made_of()
        if table is not ToldMoment.__table__  # tells for what others search
    }
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id.in_(source_ids))
    rows[Segment.__tablename__] = _count(db, Segment, Segment.version_id, versions)
    found = select(Passage.id).where(Passage.source_id.in_(source_ids))
    rows[Embedding.__tablename__] = _count(db, Embedding, Embedding.passage_id, found)
    return Gone(
        session_id=session.id,
        sources=list(source_ids),
        rows={name: count for name, count in sorted(rows.items()) if count},
        whole=len(source_ids) == len(session.sources),
    )


def give(db: Transaction, viewer: Viewer, gone: Gone, removal: Removal) -> Receipt:
    """Write down that something was removed, and give the receipt for it."""
    entry = ledger.record(
        db,
        viewer,
        KIND if gone.whole else PART,
        session_id=gone.session_id,
        person_id=viewer.person_id,
        sources=list(gone.sources),
    )
    content: dict[str, Any] = {
        "receipt": KIND,
        "session": gone.session_id,
        "sources": list(gone.sources),
        "whole": gone.whole,
        "removed": dict(gone.rows),
        "places": [{"place": place, "what": what} for place, what in PLACES],
        **erasure.promised(db, removal, viewer.person_id),
    }
    receipt = receipts.hand_out(db, content, entry, viewer.person_id, session_id=gone.session_id)
    removal.receipt_id = receipt.id
    return receipt


def as_file(db: Transaction, receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as its file has it: its content, and since when the disk is free of it."""
    if "removal" not in receipt.content:
        return receipt.content
    done = erasure.completed_at(db, receipt.id)
    return {**receipt.content, "completed_at": done.isoformat(timespec="seconds") if done else None}


def copies(db: Transaction, viewer: Viewer, receipt: Receipt) -> Sequence[MentoringSession]:
    """Return other sessions with the same file that *viewer* may see."""
    ids = {number for one in erasure.of_receipt(db, receipt.id) for number in one.copies}
    seen = MentoringSession.id.in_(ids) & visible_sessions(viewer)
    return db.scalars(select(MentoringSession).where(seen).order_by(MentoringSession.id)).all()


def objections(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """What of such a receipt is not so, a sentence each: something is in a row, or on the disk.

    Files that no row names, and the index, are looked at by whoever has them.
    """
    if doubtful := list(receipts.doubts(db, content)):
        yield from doubtful
        return
    if _count(db, Source, Source.id, content["sources"]):
        yield "The recording or note itself is there."
    for table, column in _made_of():
        if _count(db, table, column, content["sources"]):
            yield f"There is something of it in the table {table.name}."
    session = db.get(MentoringSession, content["session"])
    if content["whole"] and session is not None and session.deleted_at is None:
        yield f"Session {session.id} is there."
    yield from unfinished(db, content)


def unfinished(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """Say what a receipt's second line has yet to see done."""
    number = content.get("removal")
    if number is None:  # handed out before removals had rows of their own
        if db.scalar(select(func.count()).select_from(Erasure)):
            yield "Something has yet to go from the disk: let the worker run, then look again."
        return
    removal = db.get(Removal, number)
    if removal is None:
        yield f"The library knows nothing of removal {number}, which this receipt names."
    elif removal.completed_at is None:
        yield (
            f"Something has yet to go from the disk, by {removal.due_at:%Y-%m-%d %H:%M} UTC: "
            "let the worker run, then look again."
        )


def passage_ids(db: Transaction, content: dict[str, Any]) -> Sequence[int]:
    """The passages that a receipt's sources had; none of them may be in an index."""
    mine = PassageRemoval.source_id.in_(content["sources"])
    return db.scalars(select(PassageRemoval.passage_id).where(mine)).all()


def _made_of() -> Iterator[tuple[Table, Column[Any]]]:
    """The tables whose rows go with a source, and where they name it."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(
                key.column.table.name == Source.__tablename__ and key.ondelete == "CASCADE"
                for key in column.foreign_keys
            ):
                yield table, column


def _count(db: Transaction, table: Any, column: Any, ids: Any) -> int:
    query = select(func.count()).select_from(table).where(column.in_(ids))
    return db.scalar(query) or 0
