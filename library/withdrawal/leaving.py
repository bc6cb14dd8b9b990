"""Deletion of a person's data: the account and what they did here go, with a receipt."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from library import audit
from library.access import Viewer
from library.accounts import people
from library.consent import ledger, receipts
from library.curating import merges
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.holdings import erasure, removal_record
from library.holdings.erasure import About, Going
from library.models import (
    AuditWords,
    Base,
    JoinRequest,
    MentoringSession,
    Person,
    Receipt,
    Role,
    Segment,
    Upload,
)
from library.store import Library, Transaction
from library.withdrawal import leaving_sessions
from library.withdrawal.quotations import ELLIPSIS

KIND = "person-deleted"


class OwnSessions(enum.StrEnum):
    """What becomes of the sessions that are a person's alone."""

    KEEP = "keep"
    TRASH = "trash"


class OwnName(enum.StrEnum):
    """What becomes of a person's name where they speak."""

    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody who leaves agreed to."""

    sessions: OwnSessions = OwnSessions.KEEP
    name: OwnName = OwnName.KEEP


def leave(library: Library, viewer: Viewer, person_id: int, wish: Wish) -> Receipt:
    """Delete an account with everything that is only about its person; gives the receipt.

    What they said in sessions stays as they agreed: under their name, or without it. Sessions
    that are theirs alone stay, or go to the trash. What takes long is done first, some sessions
    in a transaction; where that is interrupted, the account is there, and deleting it again goes
    on. What is off the disk goes right after.

    Raises:
        NotAllowedError: *viewer* is neither this person nor an administrator.
        NotFoundError: there is no such account.
        ConflictError: nobody would be left to administer the library, or a session is on hold.
    """
    if not viewer.is_admin and (viewer.person_id is None or viewer.person_id != person_id):
        raise NotAllowedError
    merges.finish(library, person_id)
    with library.reading() as db:
        _require_other_admin(db, people.account(db, person_id))
    leaving_sessions.prepare(
        library,
        person_id,
        hide=wish.sessions is OwnSessions.TRASH,
        rename=wish.name is OwnName.REPLACE,
    )
    with library.transaction(on_full_disk=True) as db:
        person = people.account(db, person_id)
        _require_other_admin(db, person)
        made = person.created_at
        wanted = {"sessions": wish.sessions.value, "name": wish.name.value}
        facts = {"person": person_id, "made": made.isoformat()}
        removal_record.note(db, removal_record.PERSON, **facts, **wanted)
        receipt = remove_account(db, viewer, person_id, wish)
    erasure.finish(library)
    return receipt


def _require_other_admin(db: Transaction, person: Person) -> None:
    """Let nobody leave without whom the library has no administrator.

    Raises:
        ConflictError: this is the last one.
    """
    if person.role is Role.ADMIN and not people.has_admin(db, without=person.id):
        raise ConflictError("This is the last administrator. Make somebody else one first.")


def remove_account(db: Transaction, viewer: Viewer, person_id: int, wish: Wish) -> Receipt:
    """Do what `leave` does, also with the last administrator."""
    person = people.account(db, person_id)
    email = person.email or ""
    for other in people.merged_here(db, person_id):
        _remove_rows(db, other.id, other.email or "")
        _empty(other)
        _forget(db, other)
    trashed, kept = _settle_sessions(db, person_id, wish)
    removed = _remove_rows(db, person_id, email)
    _empty(person)
    replaced = leaving_sessions.replace_name(db, person) if wish.name is OwnName.REPLACE else 0
    db.flush()
    subject, detail = ("person", person_id), {"sessions": wish.sessions, "name": wish.name}
    audit.record(
        db, viewer.person_id, "person.delete", subject, detail=detail, address=viewer.address
    )
    told = {
        "removed": removed,
        "name": wish.name.value,
        "segments_without_name": replaced,
        "sessions_in_trash": trashed,
        "sessions_that_stay": kept,
    }
    receipt = _receipt(db, viewer, person_id, told)
    _forget(db, person)
    return receipt


def by_hash(db: Transaction, sha256: str) -> Receipt:
    """The receipt with this hash, for whoever holds it: their account is gone.

    Raises:
        NotFoundError: there is none.
    """
    query = select(Receipt).where(
        func.json_extract(Receipt.content, "$.sha256") == sha256,
        func.json_extract(Receipt.content, "$.receipt") == KIND,
    )
    if (found := db.scalar(query)) is None:
        raise NotFoundError("There is no receipt here, or none that you may see.")
    return found


def objections(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """What of such a receipt is not so, a sentence each."""
    if doubtful := list(receipts.doubts(db, content)):
        yield from doubtful
        return
    person = db.get(Person, content["person"])
    if person is not None and person.email is not None:
        yield "The account is there."
    for table, column in _theirs():
        if db.execute(select(table).where(column == content["person"]).limit(1)).first():
            yield f"There is something of this person in {table.name}."


def _settle_sessions(
    db: Transaction, person_id: int, wish: Wish
) -> tuple[Sequence[int], Sequence[int]]:
    """Put sessions that are theirs alone where they want them; numbers in the trash, and others."""
    trashed: Sequence[int] = ()
    if wish.sessions is OwnSessions.TRASH:
        trashed = leaving_sessions.alone_of(db, person_id)
        leaving_sessions.hide_alone(db, person_id, trashed)
    owned = leaving_sessions.owned_by(db, person_id)
    return list(trashed), [session_id for session_id in owned if session_id not in trashed]


def _theirs() -> Iterator[tuple[Table, Column[Any]]]:
    """Tables whose rows are a person's own: what goes with the person."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(
                key.column.table.name == Person.__tablename__ and key.ondelete == "CASCADE"
                for key in column.foreign_keys
            ):
                yield table, column


def _remove_rows(db: Transaction, person_id: int, email: str) -> dict[str, int]:
    """Remove what is a person's own; how many rows of which table."""
    uploads = db.scalars(select(Upload).where(Upload.person_id == person_id)).all()
    going = Going(
        uploads=[upload.id for upload in uploads],
        kept=[upload.sha256 for upload in uploads if upload.sha256],
    )
    erasure.plan(db, "person", About(person_id=person_id), going)
    removed: dict[str, int] = {}
    for table, column in _theirs():
        mine = column == person_id
        count = db.scalar(select(func.count()).select_from(table).where(mine)) or 0
        if count:
            db.execute(delete(table).where(mine))
            removed[table.name] = count
    db.execute(delete(JoinRequest).where(JoinRequest.email == email))
    words = update(AuditWords).where(func.lower(AuditWords.text) == email)
    db.execute(words.values(text=ELLIPSIS))  # the event keeps that there was an address
    return removed


def _empty(person: Person) -> None:
    """Leave a name without an account: every other column as it is for somebody unknown."""
    for column in Person.__table__.columns:
        if column.name in {"id", "name", "created_at", "sample", "role", "active"}:
            continue
        empty: Any = [] if column.type.python_type is list else ""
        setattr(person, column.key, None if column.nullable else empty)
    person.role, person.active = Role.MENTEE, False


def _receipt(db: Transaction, viewer: Viewer, person_id: int, told: dict[str, Any]) -> Receipt:
    entry = ledger.record(db, viewer, KIND, session_id=None, person_id=person_id)
    removals = [one for one in erasure.open_removals(db) if one.person_id == person_id]
    content = {"receipt": KIND, **told, **erasure.promised(db, removals[-1], person_id)}
    receipt = receipts.hand_out(db, content, entry, person_id)
    for removal in removals:
        removal.receipt_id = removal.receipt_id or receipt.id
    return receipt


def _forget(db: Transaction, person: Person) -> None:
    """Remove the person altogether where nothing that stays names them."""
    referring = (
        select(Segment.id).where(Segment.person_id == person.id).limit(1),
        select(MentoringSession.id).where(MentoringSession.owner_id == person.id).limit(1),
    )
    if any(db.scalar(query) is not None for query in referring):
        return
    try:
        with db.begin_nested():
            db.execute(delete(Person).where(Person.id == person.id))
    except IntegrityError:  # something that stays names them
        db.expire(person)
