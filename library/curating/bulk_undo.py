"""Undoing a change of many sessions: exactly what it changed, and nothing that came later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from library.access import Viewer
from library.consent import release
from library.curating import bulk, bulk_fields
from library.curating.bulk import Kept
from library.curating.bulk_fields import Cell
from library.errors import ConflictError
from library.models import BulkChange, BulkEdit, MentoringSession, now
from library.store import Library, Transaction

UNDONE_FOR = timedelta(days=30)


@dataclass(kw_only=True)
class Undone:
    """What an undo put back until now, and what it left."""

    put_back: int = 0  # changes
    left: list[Kept] = field(default_factory=list)


def begin(db: Transaction, viewer: Viewer, edit_id: int) -> int:
    """Say that an edit is undone from now on: nothing more is changed; `put_back` does the rest.

    Returns:
        how many sessions are to be put back.

    Raises:
        NotFoundError: *viewer* made no such edit.
        ConflictError: it is undone already, or older than 30 days.
    """
    edit = bulk.get(db, viewer, edit_id)
    sessions = len(waiting(db, edit))
    if edit.undone_at is not None and not sessions:
        raise ConflictError("This is undone already.")
    if edit.made_at + UNDONE_FOR < now():
        raise ConflictError("This is more than 30 days ago and cannot be undone any more.")
    edit.undone_at = now()
    bulk.log(db, viewer, "sessions.undo", edit, {"sessions": sessions})
    return sessions


def put_back(
    library: Library, viewer: Viewer, edit_id: int, undone: Undone
) -> Iterator[tuple[int, int]]:
    """Put back exactly what an edit changed, some sessions in a transaction.

    What was changed again since is left, and named in *undone*. Where the process is killed in
    between, undoing it once more puts the others back. Yields how many sessions were looked
    after, of all.
    """
    with library.reading() as db:
        whole = waiting(db, bulk.get(db, viewer, edit_id))
    for first in range(0, len(whole), bulk.PORTION):
        with library.transaction() as db:
            edit = bulk.get(db, viewer, edit_id)
            back, left = _sorted_out(db, viewer, edit, whole[first : first + bulk.PORTION])
            for change, session in back:
                bulk_fields.put(db, viewer, session, _cell(change), change.before)
                change.put_back = True
            for change, _ in left:
                change.put_back = False
            release.settle_all(db, {session.id for _, session in back})
        undone.put_back += len(back)
        undone.left += [kept for _, kept in left]
        yield min(first + bulk.PORTION, len(whole)), len(whole)


def waiting(db: Transaction, edit: BulkEdit) -> Sequence[int]:
    """The sessions of an edit to which undoing it has not come."""
    rows = select(BulkChange.session_id).where(
        BulkChange.edit_id == edit.id, BulkChange.put_back.is_(None)
    )
    return db.scalars(rows.distinct().order_by(BulkChange.session_id)).all()


def conflicts(db: Transaction, viewer: Viewer, edit: BulkEdit) -> Sequence[Kept]:
    """What an undo would leave as it is now."""
    return [kept for _, kept in _sorted_out(db, viewer, edit, waiting(db, edit))[1]]


def _sorted_out(
    db: Transaction, viewer: Viewer, edit: BulkEdit, session_ids: Sequence[int]
) -> tuple[list[tuple[BulkChange, MentoringSession]], list[tuple[BulkChange, Kept]]]:
    """The changes of these sessions that can be put back, and the others."""
    back: list[tuple[BulkChange, MentoringSession]] = []
    left: list[tuple[BulkChange, Kept]] = []
    here = {s.id: s for s in bulk.visible_of(db, viewer, session_ids)}
    for change in _changes(db, edit, session_ids):
        session = here.get(change.session_id)
        if session is None:
            why, title = "It is not here any more, or not for you to see.", ""
        else:
            why, title = _not_back(db, viewer, session, change), session.title
        if session is None or why:
            left.append((change, Kept(change.session_id, title, _cell(change), why)))
        else:
            back.append((change, session))
    return back, left


def _changes(db: Transaction, edit: BulkEdit, session_ids: Sequence[int]) -> Iterator[BulkChange]:
    """The changes of these sessions to which undoing them has not come."""
    for first in range(0, len(session_ids), bulk.AT_ONCE):
        yield from db.scalars(
            select(BulkChange)
            .where(
                BulkChange.edit_id == edit.id,
                BulkChange.put_back.is_(None),
                BulkChange.session_id.in_(session_ids[first : first + bulk.AT_ONCE]),
            )
            .order_by(BulkChange.session_id, BulkChange.field, BulkChange.number)
        ).all()


def _not_back(
    db: Transaction, viewer: Viewer, session: MentoringSession, change: BulkChange
) -> str:
    at = bulk_fields.value_of(db, session, _cell(change))
    if not bulk_fields.same(change.field, at, change.after):
        return "Somebody has changed it since."
    if bulk.is_gone(db, _cell(change)):
        return "The collection or topic is gone."
    return bulk_fields.refusal(db, viewer, session, _cell(change), change.before)


def _cell(change: BulkChange) -> Cell:
    return Cell(change.field, change.number)
