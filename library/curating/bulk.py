"""Many sessions changed at once: looked at first, then done, some sessions in a transaction.

Each session is changed as a whole, where it still is as it was looked at. Where the process is
killed in between, the others stay as they are; what was changed is kept, and can be undone.
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
from library.curating import bulk_fields
from library.curating.bulk_fields import Cell
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import (
    BulkChange,
    BulkEdit,
    Collection,
    Form,
    MentoringSession,
    Topic,
    TopicState,
    Visibility,
)
from library.store import Library, Transaction

MOST = 5000  # sessions at once
AT_ONCE = 500  # ids in one statement
PORTION = 10  # sessions in one transaction
IN = -1  # a place in a collection: at its end


@dataclass(frozen=True)
class Wish:
    """What one field is to be."""

    cell: Cell
    value: Any  # as JSON keeps it; of a collection or topic: whether it is in


@dataclass(frozen=True)
class Step:
    """One change of one session."""

    session_id: int
    cell: Cell
    before: Any
    after: Any


@dataclass(frozen=True)
class Kept:
    """A session that stays as it is in one field, and why."""

    session_id: int
    title: str
    cell: Cell
    why: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an edit will change, and what it cannot."""

    session_ids: Sequence[int]
    wishes: Sequence[Wish]
    steps: Sequence[Step]
    kept: Sequence[Kept]
    same: int = 0  # fields that are so already

    @property
    def changed(self) -> int:
        """How many sessions change."""
        return len({step.session_id for step in self.steps})

    @property
    def mark(self) -> str:
        """What tells this plan from one that was made when things were otherwise."""
        steps = [[s.session_id, s.cell.field, s.cell.number, s.before, s.after] for s in self.steps]
        return hashlib.sha256(canonical(steps)).hexdigest()


def plan(
    db: Transaction, viewer: Viewer, session_ids: Sequence[int], wishes: Sequence[Wish]
) -> Plan:
    """What these wishes change of those sessions that *viewer* may see; nothing is changed yet.

    Raises:
        InvalidInputError: nothing is chosen or wished, too much, or something that is not there.
    """
    ids = list(dict.fromkeys(session_ids))
    if not ids:
        raise InvalidInputError("Choose the sessions first.")
    if len(ids) > MOST:
        raise InvalidInputError(f"At most {MOST} sessions can be changed at once.")
    wanted = [_checked(db, wish) for wish in wishes]
    if not wanted:
        raise InvalidInputError("Say what is to change.")
    steps: list[Step] = []
    kept: list[Kept] = []
    same = 0
    for session in visible_of(db, viewer, ids):
        for wish in wanted:
            before = bulk_fields.value_of(db, session, wish.cell)
            after = _value(wish)
            if bulk_fields.same(wish.cell.field, before, after):
                same += 1
            elif why := bulk_fields.refusal(db, viewer, session, wish.cell, after):
                kept.append(Kept(session.id, session.title, wish.cell, why))
            else:
                steps.append(Step(session.id, wish.cell, before, after))
    return Plan(session_ids=ids, wishes=wanted, steps=steps, kept=kept, same=same)


def begin(db: Transaction, viewer: Viewer, planned: Plan, mark: str) -> BulkEdit:
    """Write down that this is going to be changed; `change` does it.

    Args:
        db: the transaction in which it is written down.
        viewer: who changes it.
        planned: what is to change.
        mark: of the plan that was looked at.

    Raises:
        ConflictError: things have changed since the plan was looked at, or nothing would change.
    """
    if mark != planned.mark:
        raise ConflictError("Something has changed meanwhile. Look at what will change once more.")
    if not planned.steps:
        raise ConflictError("Nothing would change.")
    edit = BulkEdit(
        person_id=viewer.person_id,
        wishes=[[wish.cell.field, wish.cell.number, wish.value] for wish in planned.wishes],
        sessions=planned.changed,
    )
    db.add(edit)
    db.flush()
    log(db, viewer, "sessions.change", edit, {"sessions": edit.sessions, "wishes": edit.wishes})
    return edit


def change(
    library: Library, viewer: Viewer, edit_id: int, steps: Sequence[Step]
) -> Iterator[tuple[int, int]]:
    """Change what was planned, some sessions in a transaction, so that others can write between.

    It ends where somebody undoes it meanwhile. Yields how many sessions were looked after, of all.
    """
    of_session: dict[int, list[Step]] = {}
    for step in steps:
        of_session.setdefault(step.session_id, []).append(step)
    whole = list(of_session)
    for first in range(0, len(whole), PORTION):
        some = whole[first : first + PORTION]
        with library.transaction() as db:
            edit = db.get(BulkEdit, edit_id)
            if edit is None or edit.undone_at is not None:
                return
            here = {session.id: session for session in visible_of(db, viewer, some)}
            for session_id, session in here.items():
                _change(db, viewer, edit, session, of_session[session_id])
            release.settle_all(db, here)
        yield min(first + PORTION, len(whole)), len(whole)


def _change(
    db: Transaction, viewer: Viewer, edit: BulkEdit, session: MentoringSession, steps: list[Step]
) -> None:
    """Change a session; what is not as it was looked at stays as it is."""
    for step in steps:
        before = bulk_fields.value_of(db, session, step.cell)
        as_looked_at = bulk_fields.same(step.cell.field, before, step.before)
        if not as_looked_at or is_gone(db, step.cell):
            continue
        if bulk_fields.refusal(db, viewer, session, step.cell, step.after):
            continue
        bulk_fields.put(db, viewer, session, step.cell, step.after)
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
    """How many sessions an edit has changed."""
    distinct = func.count(BulkChange.session_id.distinct())
    return db.scalar(select(distinct).where(BulkChange.edit_id == edit.id)) or 0


def get(db: Transaction, viewer: Viewer, edit_id: int) -> BulkEdit:
    """An edit, for whoever made it and for administrators.

    Raises:
        NotFoundError: there is none for *viewer*.
    """
    edit = db.get(BulkEdit, edit_id)
    mine = edit is not None and viewer.is_member and edit.person_id == viewer.person_id
    if edit is None or not (mine or viewer.is_admin):
        raise NotFoundError("There is no such change here.")
    return edit


def made(
    db: Transaction, viewer: Viewer, *, limit: int, before_id: int | None = None
) -> Sequence[BulkEdit]:
    """The edits that *viewer* may undo or look at, newest first."""
    query = select(BulkEdit).order_by(BulkEdit.id.desc()).limit(limit)
    if not viewer.is_admin:
        query = query.where(BulkEdit.person_id == viewer.person_id)
    if before_id is not None:
        query = query.where(BulkEdit.id < before_id)
    return db.scalars(query).all()


def changes_of(db: Transaction, viewer: Viewer, edit: BulkEdit) -> Sequence[BulkChange]:
    """What an edit changed of sessions that *viewer* may see."""
    return db.scalars(
        select(BulkChange)
        .join(MentoringSession, MentoringSession.id == BulkChange.session_id)
        .where(BulkChange.edit_id == edit.id, visible_sessions(viewer))
        .order_by(BulkChange.session_id, BulkChange.field, BulkChange.number)
    ).all()


def is_gone(db: Transaction, cell: Cell) -> bool:
    """Whether the collection or topic of a field is not there any more."""
    if cell.field not in bulk_fields.PLACED:
        return False
    return db.get(Collection if cell.field == "collection" else Topic, cell.number) is None


def visible_of(db: Transaction, viewer: Viewer, ids: Sequence[int]) -> Iterator[MentoringSession]:
    """Those of the sessions that *viewer* may see, in the order of their numbers."""
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        yield from db.scalars(
            select(MentoringSession)
            .where(MentoringSession.id.in_(some), visible_sessions(viewer))
            .order_by(MentoringSession.id)
        ).all()


def _checked(db: Transaction, wish: Wish) -> Wish:
    """A wish whose value a session can have.

    Raises:
        InvalidInputError: it cannot.
    """
    name = wish.cell.field
    if name in bulk_fields.PLACED:
        if is_gone(db, wish.cell):
            raise InvalidInputError(f"There is no such {name}.")
        return wish
    if name not in bulk_fields.PLAIN:
        raise InvalidInputError(f"“{name}” cannot be changed of many sessions at once.")
    kinds = {"form": Form, "visibility": Visibility}
    if not bulk_fields.can_be(name, wish.value):
        raise InvalidInputError(f"“{str(wish.value)[:40]}” cannot be the {name.replace('_', ' ')}.")
    if name in kinds and wish.value not in list(kinds[name]):
        raise InvalidInputError(f"“{wish.value}” is no {name}.")
    return wish


def _value(wish: Wish) -> Any:
    """The value that a field gets, as the fields know it."""
    if wish.cell.field == "collection":
        return IN if wish.value else None
    if wish.cell.field == "topic":
        return TopicState.CONFIRMED.value if wish.value else None
    return wish.value


def log(
    db: Transaction, viewer: Viewer, action: str, edit: BulkEdit, detail: dict[str, Any]
) -> None:
    """Write into the audit log what was done with an edit."""
    subject = ("bulk-edit", edit.id)
    audit.record(db, viewer.person_id, action, subject, detail=detail, address=viewer.address)
