"""Undo of a bulk edit. Fields that were changed after the edit stay unchanged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from library.access import Viewer
from library.consent import release
from library.curation import bulk_edit, bulk_fields
from library.curation.bulk_edit import RefusedChange
from library.curation.bulk_fields import FieldRef
from library.errors import ConflictError
from library.models import BulkChange, BulkEdit, MentoringSession, now
from library.store import Library, Transaction
from library.translation import gettext

UNDONE_FOR = timedelta(days=30)


@dataclass(kw_only=True)
class Undone:
    """Progress of an undo: number of restored changes, and skipped changes."""

    put_back: int = 0  # number of restored changes
    left: list[RefusedChange] = field(default_factory=list)


def begin(db: Transaction, viewer: Viewer, edit_id: int) -> int:
    """Mark an edit as undone. This stops an edit that is running. `put_back` restores the values.

    Returns:
        The number of sessions to restore.

    Raises:
        NotFoundError: the edit does not exist, or *viewer* may not see it.
        ConflictError: the edit is undone already, or older than 30 days.
    """
    edit = bulk_edit.get(db, viewer, edit_id)
    sessions = len(waiting(db, edit))
    if edit.undone_at is not None and not sessions:
        raise ConflictError("This bulk edit is undone already.")
    if edit.made_at + UNDONE_FOR < now():
        raise ConflictError("This bulk edit is older than 30 days and cannot be undone.")
    edit.undone_at = now()
    bulk_edit.log(db, viewer, "sessions.undo", edit, {"sessions": sessions})
    return sessions


def put_back(
    library: Library, viewer: Viewer, edit_id: int, undone: Undone
) -> Iterator[tuple[int, int]]:
    """Restore the values that fields had before an edit, a few sessions per transaction.

    A field that was changed after the edit is skipped and listed in *undone*. If the process stops,
    a second undo restores the remaining sessions.

    Yields:
        The number of processed sessions, and the number of sessions to process.
    """
    with library.reading() as db:
        session_ids = waiting(db, bulk_edit.get(db, viewer, edit_id))
    for first in range(0, len(session_ids), bulk_edit.PORTION):
        with library.transaction() as db:
            edit = bulk_edit.get(db, viewer, edit_id)
            back, left = _sorted_out(
                db, viewer, edit, session_ids[first : first + bulk_edit.PORTION]
            )
            for change, session in back:
                bulk_fields.set_value(db, viewer, session, _cell(change), change.before)
                change.put_back = True
            for change, _ in left:
                change.put_back = False
            release.settle_all(db, {session.id for _, session in back})
        undone.put_back += len(back)
        undone.left += [refused for _, refused in left]
        yield min(first + bulk_edit.PORTION, len(session_ids)), len(session_ids)


def waiting(db: Transaction, edit: BulkEdit) -> Sequence[int]:
    """Return the ids of the edited sessions that an undo has not processed yet."""
    rows = select(BulkChange.session_id).where(
        BulkChange.edit_id == edit.id, BulkChange.put_back.is_(None)
    )
    return db.scalars(rows.distinct().order_by(BulkChange.session_id)).all()


def conflicts(db: Transaction, viewer: Viewer, edit: BulkEdit) -> Sequence[RefusedChange]:
    """Return the changes that an undo would skip, with the reasons."""
    return [refused for _, refused in _sorted_out(db, viewer, edit, waiting(db, edit))[1]]


def _sorted_out(
    db: Transaction, viewer: Viewer, edit: BulkEdit, session_ids: Sequence[int]
) -> tuple[list[tuple[BulkChange, MentoringSession]], list[tuple[BulkChange, RefusedChange]]]:
    """Return the changes that can be restored, and the changes that cannot be restored.

    The first list has pairs of change and session, the second list pairs of change and reason.
    """
    back: list[tuple[BulkChange, MentoringSession]] = []
    left: list[tuple[BulkChange, RefusedChange]] = []
    here = {s.id: s for s in bulk_edit.visible_of(db, viewer, session_ids)}
    for change in _changes(db, edit, session_ids):
        session = here.get(change.session_id)
        if session is None:
            why, title = gettext("This session was removed, or you may not see it."), ""
        else:
            why, title = _not_back(db, viewer, session, change), session.title
        if session is None or why:
            left.append((change, RefusedChange(change.session_id, title, _cell(change), why)))
        else:
            back.append((change, session))
    return back, left


def _changes(db: Transaction, edit: BulkEdit, session_ids: Sequence[int]) -> Iterator[BulkChange]:
    """Yield the changes that an undo has not processed yet, for these sessions."""
    for first in range(0, len(session_ids), bulk_edit.AT_ONCE):
        yield from db.scalars(
            select(BulkChange)
            .where(
                BulkChange.edit_id == edit.id,
                BulkChange.put_back.is_(None),
                BulkChange.session_id.in_(session_ids[first : first + bulk_edit.AT_ONCE]),
            )
            .order_by(BulkChange.session_id, BulkChange.field, BulkChange.number)
        ).all()


def _not_back(
    db: Transaction, viewer: Viewer, session: MentoringSession, change: BulkChange
) -> str:
    at = bulk_fields.value_of(db, session, _cell(change))
    if not bulk_fields.same(change.field, at, change.after):
        return gettext("This field was changed again after the edit.")
    if bulk_edit.is_gone(db, _cell(change)):
        return gettext("The collection or topic was removed.")
    return bulk_fields.refusal(db, viewer, session, _cell(change), change.before)


def _cell(change: BulkChange) -> FieldRef:
    return FieldRef(change.field, change.number)
