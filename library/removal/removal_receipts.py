"""Receipts of removals, and the check that nothing of a removal remains."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from library.access import Viewer, visible_sessions
from library.consent import ledger, receipts
from library.models import (
    AlertedRange,
    Embedding,
    Erasure,
    MentoringSession,
    Passage,
    PassageRemoval,
    Receipt,
    Removal,
    Segment,
    Source,
    TranscriptVersion,
    deleted_with,
)
from library.sessions import erasure
from library.store import Transaction
from library.translation import gettext, mark

KIND = "removed"
PART = "removed-part"
WHOLE, PART_OF_IT = "session", "part"  # kinds of removal
PLACES = (
    (
        "words",
        mark("The transcript in every version, its drafts, and the results of speech recognition"),
    ),
    ("search", mark("Search: passages, vectors, quotes, and the index on the disk")),
    ("sound", mark("The original, its copy for the player, waveform, captions and clips")),
    (
        "uploads",
        mark("Uploads of the same files by any person, also refused and interrupted uploads"),
    ),
    ("sealed", mark("Originals that were kept encrypted")),
    ("voices", mark("Voice prints that were made from it, and names proposed for its speakers")),
    (
        "repeated",
        mark("Quotations of it in questions, searches, pinned answers, comments, e-mails"),
    ),
    ("lists", mark("Lists, exports, feeds and the API")),
    ("disk", mark("Remaining copies of deleted rows in the database files")),
)


@dataclass(frozen=True, kw_only=True)
class RemovalCounts:
    """Number of rows to be removed, counted before the removal."""

    session_id: int
    sources: Sequence[int]
    rows: Mapping[str, int]  # number of rows by table
    whole: bool  # whether the session itself is removed


def counted(db: Transaction, session: MentoringSession, source_ids: Sequence[int]) -> RemovalCounts:
    """Count the rows that a removal of these sources of a session will delete."""
    rows = {
        table.name: _count(db, table, column, source_ids)
        for table, column in deleted_with(Source)
        if table is not AlertedRange.__table__  # would reveal searches of other people
    }
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id.in_(source_ids))
    rows[Segment.__tablename__] = _count(db, Segment, Segment.version_id, versions)
    found = select(Passage.id).where(Passage.source_id.in_(source_ids))
    rows[Embedding.__tablename__] = _count(db, Embedding, Embedding.passage_id, found)
    return RemovalCounts(
        session_id=session.id,
        sources=list(source_ids),
        rows={name: count for name, count in sorted(rows.items()) if count},
        whole=len(source_ids) == len(session.sources),
    )


def give(db: Transaction, viewer: Viewer, counts: RemovalCounts, removal: Removal) -> Receipt:
    """Record a removal in the consent ledger and return the receipt of the removal."""
    entry = ledger.record(
        db,
        viewer,
        KIND if counts.whole else PART,
        session_id=counts.session_id,
        person_id=viewer.person_id,
        sources=list(counts.sources),
    )
    content: dict[str, Any] = {
        "receipt": KIND,
        "session": counts.session_id,
        "sources": list(counts.sources),
        "whole": counts.whole,
        "removed": dict(counts.rows),
        "places": [{"place": place, "what": what} for place, what in PLACES],
        **erasure.receipt_fields(db, removal, viewer.person_id),
    }
    receipt = receipts.add(db, content, entry, viewer.person_id, session_id=counts.session_id)
    removal.receipt_id = receipt.id
    return receipt


def as_file(db: Transaction, receipt: Receipt) -> dict[str, Any]:
    """Return the content of a receipt file, with the time at which the removal was completed."""
    if "removal" not in receipt.content:
        return receipt.content
    done = erasure.completed_at(db, receipt.id)
    return {**receipt.content, "completed_at": done.isoformat(timespec="seconds") if done else None}


def copies(db: Transaction, viewer: Viewer, receipt: Receipt) -> Sequence[MentoringSession]:
    """Return other sessions with a file of the removal that *viewer* may see, in order of id."""
    ids = {number for one in erasure.of_receipt(db, receipt.id) for number in one.copies}
    visible = MentoringSession.id.in_(ids) & visible_sessions(viewer)
    return db.scalars(select(MentoringSession).where(visible).order_by(MentoringSession.id)).all()


def objections(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence for each untrue statement of a removal receipt.

    The caller checks files that no row names, and the search index.
    """
    if forgeries := list(receipts.forgery_reasons(db, content)):
        yield from forgeries
        return
    if _count(db, Source, Source.id, content["sources"]):
        yield gettext("The recording or note itself still exists.")
    for table, column in deleted_with(Source):
        if _count(db, table, column, content["sources"]):
            yield gettext(
                "The table %(table)s still has rows of the removed data.", table=table.name
            )
    session = db.get(MentoringSession, content["session"])
    if content["whole"] and session is not None and session.deleted_at is None:
        yield gettext("Session %(id)s still exists.", id=session.id)
    yield from unfinished(db, content)


def unfinished(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence if the removal of a receipt is not finished on the disk."""
    number = content.get("removal")
    if number is None:  # receipt from before removals had their own table
        if db.scalar(select(func.count()).select_from(Erasure)):
            yield gettext("Some data is still on the disk. Run the worker, then check again.")
        return
    removal = db.get(Removal, number)
    if removal is None:
        yield gettext(
            "Removal %(number)s, which this receipt names, is not known to the library.",
            number=number,
        )
    elif removal.completed_at is None:
        yield gettext(
            "Some data is still on the disk, until %(due)s UTC at the latest. Run the worker, then "
            "check again.",
            due=f"{removal.due_at:%Y-%m-%d %H:%M}",
        )


def passage_ids(db: Transaction, content: dict[str, Any]) -> Sequence[int]:
    """Return the ids of the removed passages of a receipt. No search index may contain them."""
    condition = PassageRemoval.source_id.in_(content["sources"])
    return db.scalars(select(PassageRemoval.passage_id).where(condition)).all()


def _count(db: Transaction, table: Any, column: Any, ids: Any) -> int:
    query = select(func.count()).select_from(table).where(column.in_(ids))
    return db.scalar(query) or 0
