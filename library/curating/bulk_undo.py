"""Undoing a change of many sessions: exactly what it changed, and nothing that came later."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from library.access import Viewer
from library.curating import bulk, bulk_fields
from library.curating.bulk import Kept
from library.curating.bulk_fields import Cell
from library.errors import ConflictError
from library.models import BulkChange, BulkEdit, MentoringSession, now
from library.store import Transaction

UNDONE_FOR = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What an undo put back, and what it left."""

    put_back: int  # changes
    left: Sequence[Kept] = field(default_factory=tuple)


def undo(db: Transaction, viewer: Viewer, edit_id: int) -> Undone:
    """Put back exactly what an edit changed; what was changed again since is left, and named.

    Raises:
        NotFoundError: *viewer* made no such edit.
        ConflictError: it is undone already, or older than 30 days.
    """
    edit = bulk.get(db, viewer, edit_id)
    if edit.undone_at is not None:
        raise ConflictError("This is undone already.")
    if edit.made_at + UNDONE_FOR < now():
        raise ConflictError("This is more than 30 days ago and cannot be undone any more.")
    back, left = _sorted_out(db, viewer, edit)
    touched: dict[int, MentoringSession] = {}
    for change, session in back:
        bulk_fields.put(db, viewer, session, _cell(change), change.before)
        touched[session.id] = session
    bulk.settle(db, touched)
    edit.undone_at = now()
    bulk.log(db, viewer, "sessions.undo", edit, {"put_back": len(back), "left": len(left)})
    return Undone(put_back=len(back), left=left)


def conflicts(db: Transaction, viewer: Viewer, edit: BulkEdit) -> Sequence[Kept]:
    """What an undo would leave as it is now."""
    return _sorted_out(db, viewer, edit)[1]


def _sorted_out(
    db: Transaction, viewer: Viewer, edit: BulkEdit
) -> tuple[list[tuple[BulkChange, MentoringSession]], list[Kept]]:
    """The changes that can be put back, and the others."""
    back: list[tuple[BulkChange, MentoringSession]] = []
    left: list[Kept] = []
    found = db.scalars(
        select(BulkChange)
        .where(BulkChange.edit_id == edit.id)
        .order_by(BulkChange.session_id, BulkChange.field, BulkChange.number)
    ).all()
    here = {s.id: s for s in bulk.visible_of(db, viewer, [c.session_id for c in found])}
    for change in found:
        session = here.get(change.session_id)
        if session is None:
            why, title = "It is not here any more, or not for you to see.", ""
        else:
            why, title = _not_back(db, viewer, session, change), session.title
        if session is None or why:
            left.append(Kept(change.session_id, title, _cell(change), why))
        else:
            back.append((change, session))
    return back, left


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
