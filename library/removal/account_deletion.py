"""Deletion of an account with the person's data, and the receipt for it."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from library import audit
from library.access import Viewer
from library.accounts import people
from library.consent import ledger, receipts
from library.curation import person_merge
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.models import (
    AuditWords,
    JoinRequest,
    MentoringSession,
    Person,
    Receipt,
    Role,
    Segment,
    Upload,
    deleted_with,
)
from library.removal import account_deletion_sessions
from library.removal.quotations import ELLIPSIS
from library.sessions import erasure, removal_record
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.store import Library, Transaction
from library.translation import gettext

KIND = "person-deleted"


class OwnSessions(enum.StrEnum):
    """Choice for own sessions without other participants: keep, or move to the trash."""

    KEEP = "keep"
    TRASH = "trash"


class OwnName(enum.StrEnum):
    """Choice for the person's name in transcripts: keep it or replace it."""

    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True, kw_only=True)
class DeletionRequest:
    """Choices that a person confirmed for the deletion of the account."""

    sessions: OwnSessions = OwnSessions.KEEP
    name: OwnName = OwnName.KEEP


def delete_account(
    library: Library, viewer: Viewer, person_id: int, asked: DeletionRequest
) -> Receipt:
    """Delete an account and all rows that are only about its person. Return the receipt.

    Segments of the person stay. *asked* decides whether the person's name in them is replaced, and
    whether sessions with no other participant or speaker go to the trash. Slow steps run first, a
    few sessions in each transaction. After an interruption the account still exists, and a second
    call continues. The files are deleted from the disk at the end.

    Raises:
        NotAllowedError: *viewer* is neither this person nor an administrator.
        NotFoundError: the account does not exist.
        ConflictError: this is the last administrator, or a session has a legal hold.
    """
    if not viewer.is_admin and (viewer.person_id is None or viewer.person_id != person_id):
        raise NotAllowedError
    person_merge.finish(library, person_id)
    with library.reading() as db:
        _require_other_admin(db, people.account(db, person_id))
    account_deletion_sessions.prepare(
        library,
        person_id,
        hide=asked.sessions is OwnSessions.TRASH,
        rename=asked.name is OwnName.REPLACE,
    )
    with library.transaction(on_full_disk=True) as db:
        person = people.account(db, person_id)
        _require_other_admin(db, person)
        made = person.created_at
        choices = {"sessions": asked.sessions.value, "name": asked.name.value}
        facts = {"person": person_id, "made": made.isoformat()}
        removal_record.note(db, removal_record.PERSON, **facts, **choices)
        receipt = remove_account(db, viewer, person_id, asked)
    erasure.finish(library)
    return receipt


def _require_other_admin(db: Transaction, person: Person) -> None:
    """Require that an administrator remains without *person*.

    Raises:
        ConflictError: *person* is the last administrator.
    """
    if person.role is Role.ADMIN and not people.has_admin(db, without=person.id):
        raise ConflictError(
            "This is the last administrator. Make another person an administrator first."
        )


def remove_account(
    db: Transaction, viewer: Viewer, person_id: int, asked: DeletionRequest
) -> Receipt:
    """Delete the rows of an account and return the receipt.

    The rights of *viewer* are not checked. The last administrator can be deleted, too.
    """
    person = people.account(db, person_id)
    email = person.email or ""
    for other in people.merged_here(db, person_id):
        _remove_rows(db, other.id, other.email or "")
        _clear_account_fields(other)
        _delete_if_unreferenced(db, other)
    trashed, remaining = _settle_sessions(db, person_id, asked)
    removed = _remove_rows(db, person_id, email)
    _clear_account_fields(person)
    replaced = (
        account_deletion_sessions.replace_name(db, person) if asked.name is OwnName.REPLACE else 0
    )
    db.flush()
    subject, detail = ("person", person_id), {"sessions": asked.sessions, "name": asked.name}
    audit.record(
        db, viewer.person_id, "person.delete", subject, detail=detail, address=viewer.address
    )
    statements = {
        "removed": removed,
        "name": asked.name.value,
        "segments_without_name": replaced,
        "sessions_in_trash": trashed,
        "sessions_that_stay": remaining,
    }
    receipt = _receipt(db, viewer, person_id, statements)
    _delete_if_unreferenced(db, person)
    return receipt


def by_hash(db: Transaction, sha256: str) -> Receipt:
    """Return the account deletion receipt with this SHA-256.

    No access right is checked, because the person has no account any more.

    Raises:
        NotFoundError: no such receipt exists.
    """
    query = select(Receipt).where(
        func.json_extract(Receipt.content, "$.sha256") == sha256,
        func.json_extract(Receipt.content, "$.receipt") == KIND,
    )
    if (found := db.scalar(query)) is None:
        raise NotFoundError("The receipt was not found, or you may not see it.")
    return found


def objections(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence for each untrue statement of an account deletion receipt."""
    if forgeries := list(receipts.forgery_reasons(db, content)):
        yield from forgeries
        return
    person = db.get(Person, content["person"])
    if person is not None and person.email is not None:
        yield gettext("The account still exists.")
    for table, column in deleted_with(Person):
        if db.execute(select(table).where(column == content["person"]).limit(1)).first():
            yield gettext("The table %(table)s still has rows of this person.", table=table.name)


def _settle_sessions(
    db: Transaction, person_id: int, asked: DeletionRequest
) -> tuple[Sequence[int], Sequence[int]]:
    """Trash own sessions if *asked* says so. Return the ids of trashed and of kept sessions."""
    trashed: Sequence[int] = ()
    if asked.sessions is OwnSessions.TRASH:
        trashed = account_deletion_sessions.sole_participant_sessions(db, person_id)
        account_deletion_sessions.hide_alone(db, person_id, trashed)
    owned = account_deletion_sessions.owned_by(db, person_id)
    return list(trashed), [session_id for session_id in owned if session_id not in trashed]


def _remove_rows(db: Transaction, person_id: int, email: str) -> dict[str, int]:
    """Delete the rows that are only about a person. Return the number of rows by table."""
    uploads = db.scalars(select(Upload).where(Upload.person_id == person_id)).all()
    erasures = ErasurePlan(
        uploads=[upload.id for upload in uploads],
        kept=[upload.sha256 for upload in uploads if upload.sha256],
    )
    erasure.plan(db, "person", RemovalSubject(person_id=person_id), erasures)
    removed: dict[str, int] = {}
    for table, column in deleted_with(Person):
        belongs = column == person_id
        count = db.scalar(select(func.count()).select_from(table).where(belongs)) or 0
        if count:
            db.execute(delete(table).where(belongs))
            removed[table.name] = count
    db.execute(delete(JoinRequest).where(JoinRequest.email == email))
    words = update(AuditWords).where(func.lower(AuditWords.text) == email)
    db.execute(words.values(text=ELLIPSIS))  # shows that there was an address
    return removed


def _clear_account_fields(person: Person) -> None:
    """Reset the columns of the account. A person with a name and without account remains."""
    for column in Person.__table__.columns:
        if column.name in {"id", "name", "created_at", "sample", "role", "active"}:
            continue
        empty: Any = [] if column.type.python_type is list else ""
        setattr(person, column.key, None if column.nullable else empty)
    person.role, person.active = Role.MENTEE, False


def _receipt(
    db: Transaction, viewer: Viewer, person_id: int, statements: dict[str, Any]
) -> Receipt:
    entry = ledger.record(db, viewer, KIND, session_id=None, person_id=person_id)
    removals = [one for one in erasure.open_removals(db) if one.person_id == person_id]
    fields = erasure.receipt_fields(db, removals[-1], person_id)
    receipt = receipts.add(db, {"receipt": KIND, **statements, **fields}, entry, person_id)
    for removal in removals:
        removal.receipt_id = removal.receipt_id or receipt.id
    return receipt


def _delete_if_unreferenced(db: Transaction, person: Person) -> None:
    """Delete the person if no remaining row refers to this person."""
    referring = (
        select(Segment.id).where(Segment.person_id == person.id).limit(1),
        select(MentoringSession.id).where(MentoringSession.owner_id == person.id).limit(1),
    )
    if any(db.scalar(query) is not None for query in referring):
        return
    try:
        with db.begin_nested():
            db.execute(delete(Person).where(Person.id == person.id))
    except IntegrityError:  # a remaining row still refers to the person
        db.expire(person)
