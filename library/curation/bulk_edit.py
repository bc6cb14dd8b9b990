"""Bulk edit of sessions: previewed first, then applied to a few sessions per transaction.

All changes of one session are made in one transaction. A field that differs from the preview is
skipped. If the process stops, the remaining sessions stay unchanged. Changes that are committed can
be undone.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from library import audit
from library.access import Viewer, visible_sessions
from library.consent import release
from library.consent.ledger import canonical
from library.curation import bulk_fields
from library.curation.bulk_fields import FieldRef
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import (
    BulkChange,
    BulkEdit,
    Collection,
    MentoringSession,
    Topic,
    TopicState,
)
from library.store import Library, Transaction
from library.translation import mark

MOST = 5000  # sessions at once
AT_ONCE = 500  # ids in one SQL statement
PORTION = 10  # sessions in one transaction
IN = -1  # position of a session that is added at the end of a collection


@dataclass(frozen=True)
class FieldChange:
    """New value that a bulk edit gives to one field."""

    cell: FieldRef
    value: Any  # as stored in JSON; for a collection or topic, true adds and false removes


@dataclass(frozen=True)
class Step:
    """Change of one field of one session: value before and value after."""

    session_id: int
    cell: FieldRef
    before: Any
    after: Any


@dataclass(frozen=True)
class RefusedChange:
    """Field of a session that a bulk edit or its undo cannot change, with the reason."""

    session_id: int
    title: str
    cell: FieldRef
    why: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Preview of a bulk edit: its changes and refused changes."""

    session_ids: Sequence[int]
    changes: Sequence[FieldChange]
    steps: Sequence[Step]
    kept: Sequence[RefusedChange]
    same: int = 0  # fields that have the new value already

    @property
    def changed(self) -> int:
        """Number of sessions that change."""
        return len({step.session_id for step in self.steps})

    @property
    def mark(self) -> str:
        """Preview token: SHA-256 of the planned changes in hexadecimal digits."""
        steps = [[s.session_id, s.cell.field, s.cell.number, s.before, s.after] for s in self.steps]
        return hashlib.sha256(canonical(steps)).hexdigest()


def plan(
    db: Transaction, viewer: Viewer, session_ids: Sequence[int], changes: Sequence[FieldChange]
) -> Plan:
    """Preview a bulk edit: compute the changes of the sessions that *viewer* may see.

    Raises:
        InvalidInputError: no sessions or no changes, more than `MOST` sessions, a removed
            collection or topic, or a value that is not valid.
    """
    ids = list(dict.fromkeys(session_ids))
    if not ids:
        raise InvalidInputError("Choose at least one session first.")
    if len(ids) > MOST:
        raise InvalidInputError("At most %(number)s sessions can be changed at once.", number=MOST)
    valid = [_checked(db, change) for change in changes]
    if not valid:
        raise InvalidInputError("Choose at least one field to change.")
    steps: list[Step] = []
    refused: list[RefusedChange] = []
    same = 0
    for session in visible_of(db, viewer, ids):
        for change in valid:
            before = bulk_fields.value_of(db, session, change.cell)
            after = _value(change)
            if bulk_fields.same(change.cell.field, before, after):
                same += 1
            elif why := bulk_fields.refusal(db, viewer, session, change.cell, after):
                refused.append(RefusedChange(session.id, session.title, change.cell, why))
            else:
                steps.append(Step(session.id, change.cell, before, after))
    return Plan(session_ids=ids, changes=valid, steps=steps, kept=refused, same=same)


def begin(db: Transaction, viewer: Viewer, planned: Plan, mark: str) -> BulkEdit:
    """Record a confirmed bulk edit. The caller then changes the sessions with `change`.

    Args:
        db: transaction that stores the edit and its audit event.
        viewer: author of the edit.
        planned: preview, computed again when the viewer confirms.
        mark: preview token that the viewer confirmed.

    Raises:
        ConflictError: data changed since the preview, or no field would change.
    """
    if mark != planned.mark:
        raise ConflictError("Something changed since the preview. Open the preview again.")
    if not planned.steps:
        raise ConflictError("This edit changes nothing. Choose other values.")
    edit = BulkEdit(
        person_id=viewer.person_id,
        wishes=[[one.cell.field, one.cell.number, one.value] for one in planned.changes],
        sessions=planned.changed,
    )
    db.add(edit)
    db.flush()
    log(db, viewer, "sessions.change", edit, {"sessions": edit.sessions, "wishes": edit.wishes})
    return edit


def change(
    library: Library, viewer: Viewer, edit_id: int, steps: Sequence[Step]
) -> Iterator[tuple[int, int]]:
    """Apply planned changes in short transactions, so that other requests can write in between.

    Stop if the edit was undone in the meantime.

    Yields:
        The number of processed sessions, and the number of sessions to process.
    """
    of_session: dict[int, list[Step]] = {}
    for step in steps:
        of_session.setdefault(step.session_id, []).append(step)
    session_ids = list(of_session)
    for first in range(0, len(session_ids), PORTION):
        some = session_ids[first : first + PORTION]
        with library.transaction() as db:
            edit = db.get(BulkEdit, edit_id)
            if edit is None or edit.undone_at is not None:
                return
            here = {session.id: session for session in visible_of(db, viewer, some)}
            for session_id, session in here.items():
                _change(db, viewer, edit, session, of_session[session_id])
            release.settle_all(db, here)
        yield min(first + PORTION, len(session_ids)), len(session_ids)


def _change(
    db: Transaction, viewer: Viewer, edit: BulkEdit, session: MentoringSession, steps: list[Step]
) -> None:
    """Change the fields of one session. A field that differs from the preview stays unchanged."""
    for step in steps:
        before = bulk_fields.value_of(db, session, step.cell)
        as_looked_at = bulk_fields.same(step.cell.field, before, step.before)
        if not as_looked_at or is_gone(db, step.cell):
            continue
        if bulk_fields.refusal(db, viewer, session, step.cell, step.after):
            continue
        bulk_fields.set_value(db, viewer, session, step.cell, step.after)
        row = BulkChange(
            edit_id=edit.id,
            session_id=session.id,
            field=step.cell.field,
            number=step.cell.number,
            before=before,
            after=bulk_fields.value_of(db, session, step.cell),
        )
        db.add(row)


def changed(db: Transaction, edit: BulkEdit) -> int:
    """Return the number of sessions that a bulk edit has changed."""
    distinct = func.count(BulkChange.session_id.distinct())
    return db.scalar(select(distinct).where(BulkChange.edit_id == edit.id)) or 0


def get(db: Transaction, viewer: Viewer, edit_id: int) -> BulkEdit:
    """Return a bulk edit, for its author and for administrators.

    Raises:
        NotFoundError: the edit does not exist, or *viewer* may not see it.
    """
    edit = db.get(BulkEdit, edit_id)
    mine = edit is not None and viewer.is_member and edit.person_id == viewer.person_id
    if edit is None or not (mine or viewer.is_admin):
        raise NotFoundError("This bulk edit was not found, or you may not see it.")
    return edit


def made(
    db: Transaction, viewer: Viewer, *, limit: int, before_id: int | None = None
) -> Sequence[BulkEdit]:
    """Return the bulk edits that *viewer* may see, newest first.

    For the next page, pass the last id of this page as *before_id*.
    """
    query = select(BulkEdit).order_by(BulkEdit.id.desc()).limit(limit)
    if not viewer.is_admin:
        query = query.where(BulkEdit.person_id == viewer.person_id)
    if before_id is not None:
        query = query.where(BulkEdit.id < before_id)
    return db.scalars(query).all()


def changes_of(db: Transaction, viewer: Viewer, edit: BulkEdit) -> Sequence[BulkChange]:
    """Return the changes of a bulk edit to sessions that *viewer* may see."""
    return db.scalars(
        select(BulkChange)
        .join(MentoringSession, MentoringSession.id == BulkChange.session_id)
        .where(BulkChange.edit_id == edit.id, visible_sessions(viewer))
        .order_by(BulkChange.session_id, BulkChange.field, BulkChange.number)
    ).all()


def is_gone(db: Transaction, cell: FieldRef) -> bool:
    """Return whether the collection or topic of a field was removed."""
    if cell.field not in bulk_fields.PLACED:
        return False
    return db.get(Collection if cell.field == "collection" else Topic, cell.number) is None


def visible_of(db: Transaction, viewer: Viewer, ids: Sequence[int]) -> Iterator[MentoringSession]:
    """Yield the sessions of the list *ids* that *viewer* may see."""
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        yield from db.scalars(
            select(MentoringSession)
            .where(MentoringSession.id.in_(some), visible_sessions(viewer))
            .order_by(MentoringSession.id)
        ).all()


def _checked(db: Transaction, change: FieldChange) -> FieldChange:
    """Return the field change if it is valid.

    Raises:
        InvalidInputError: the field, its value, or its collection or topic is not valid.
    """
    name = change.cell.field
    if name in bulk_fields.PLACED:
        if is_gone(db, change.cell):
            raise InvalidInputError(
                mark("This collection was not found.")
                if name == "collection"
                else mark("This topic was not found.")
            )
        return change
    if name not in bulk_fields.PLAIN:
        raise InvalidInputError("“%(name)s” cannot be changed by a bulk edit.", name=name)
    if not bulk_fields.can_be(name, change.value):
        raise InvalidInputError(
            "“%(value)s” is not a valid %(field)s.",
            value=str(change.value)[:40],
            field=name.replace("_", " "),
        )
    return change


def _value(change: FieldChange) -> Any:
    """Return the value of a field change as the database stores it."""
    if change.cell.field == "collection":
        return IN if change.value else None
    if change.cell.field == "topic":
        return TopicState.CONFIRMED.value if change.value else None
    return change.value


def log(
    db: Transaction, viewer: Viewer, action: str, edit: BulkEdit, detail: dict[str, Any]
) -> None:
    """Write an audit event about a bulk edit."""
    subject = ("bulk-edit", edit.id)
    audit.record(db, viewer.person_id, action, subject, detail=detail, address=viewer.address)
