"""Two people who are one: everything of one goes to the other, and can be parted for 30 days.

Nobody else sees more by it. Where both spoke, the stricter of the two answers holds: a no stays a
no, and where one of them had not answered, whoever is left is asked again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from library import audit
from library.access import Viewer, require_admin
from library.accounts import people
from library.consent import ledger
from library.curating import merged_rows, merged_sessions
from library.errors import ConflictError, NotFoundError
from library.models import (
    ApiToken,
    DataDownload,
    MentoringSession,
    MissedQuestion,
    OneTimeLink,
    Passkey,
    Person,
    PersonMerge,
    ReleaseLink,
    Role,
    SecondFactor,
    SignIn,
    UncountedPerson,
    VoiceConsent,
    VoicePrint,
    VoiceProposal,
    now,
)
from library.store import Library, Transaction

PARTED_FOR = timedelta(days=30)
DOORS = (
    ApiToken,
    OneTimeLink,
    SecondFactor,
    Passkey,
    SignIn,
    VoiceConsent,
    VoicePrint,
    VoiceProposal,
    DataDownload,
)


def merge(db: Transaction, viewer: Viewer, kept_id: int, gone_id: int) -> PersonMerge:
    """Let *gone* be *kept* from now on; they cannot sign in as the other any more.

    The first sessions are moved at once, the others by `finish`. Until its turn comes, a session
    names who is gone in every place, with their own answer: nobody's consent is another's.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: one of them is not there.
        ConflictError: they cannot be merged so; the sentence says why.
    """
    kept, gone = both(db, viewer, kept_id, gone_id)
    ids = merged_sessions.of_person(db, gone.id)
    moved: dict[str, Any] = {"active": gone.active, "session": ids, "waiting": ids}
    moved |= {"speaker_release": [], "participant": []}
    moved["collection_member"] = merged_rows.join_memberships(db, kept.id, gone.id)
    removed = select(MentoringSession.id).where(MentoringSession.deleted_at.is_not(None))
    for name, column in merged_rows.MOVED:
        inside = removed if (name, column) in merged_rows.OF_SESSIONS else None
        found = merged_rows.move(db, name, column, gone.id, kept.id, inside)
        moved[f"{name}.{column}"] = found
    _end_doors(db, gone)
    _count_once(db, kept, gone)
    row = PersonMerge(kept_id=kept.id, gone_id=gone.id, made_by=viewer.person_id, moved=moved)
    db.add(row)
    db.flush()
    if gone.role is Role.ADMIN and gone.email and not people.has_admin(db):
        raise ConflictError("This is the last administrator. Make somebody else one first.")
    ledger.record(db, viewer, "merged", session_id=None, person_id=kept.id, other=gone.id)
    _log(db, viewer, "person.merge", row)
    go_on(db, row)
    return row


def part(db: Transaction, viewer: Viewer, merge_id: int) -> PersonMerge:
    """Undo a merge: what was moved goes back, unless somebody has moved it on since.

    The first sessions go back at once, the others by `finish`.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        ConflictError: it cannot be undone; the sentence says why.
    """
    require_admin(viewer)
    row = db.get(PersonMerge, merge_id)
    if why := why_not_parted(db, row):
        raise ConflictError(why)
    assert row is not None  # noqa: S101 (the reason above says so)
    kept, gone, moved = row.kept_id, row.gone_id, row.moved
    ids = set(moved["session"])
    for name, column in merged_rows.MOVED:
        keys = moved[f"{name}.{column}"]
        if (name, column) == merged_rows.OF_SESSIONS[0]:
            keys = [key for key in keys if key[0] not in ids]
        elif (name, column) in merged_rows.OF_SESSIONS:
            continue
        merged_rows.move_back(db, name, column, keys, gone, kept)
    merged_rows.part_memberships(db, kept, gone, moved["collection_member"])
    db.get_one(Person, gone).active = moved["active"]
    row.undone_at = now()
    row.moved = {**moved, "waiting": sorted(ids.difference(waiting(row)))}
    ledger.record(db, viewer, "parted", session_id=None, person_id=kept, other=gone)
    _log(db, viewer, "person.part", row)
    go_on(db, row)
    return row


def waiting(row: PersonMerge) -> Sequence[int]:
    """The sessions that have yet to be moved, or to be moved back."""
    found: Sequence[int] = row.moved.get("waiting", ())
    return found


def go_on(db: Transaction, row: PersonMerge) -> bool:
    """Move the next sessions of a merge, or move them back; whether there are more."""
    ids = waiting(row)
    some = merged_sessions.portion(db, ids)
    here = [
        session_id
        for session_id in some
        if (session := db.get(MentoringSession, session_id)) is not None
        and session.deleted_at is None
    ]
    row.moved = {**row.moved, "waiting": ids[len(some) :]}
    db.flush()
    if row.undone_at is None:
        merged_sessions.move(db, row, here)
    else:
        merged_sessions.move_back(db, row, here)
    db.flush()
    return bool(waiting(row))


def finish(library: Library, person_id: int | None = None) -> int:
    """Do what merges have left to do, in short transactions; gives how many those were.

    Args:
        library: where.
        person_id: whose merges; None: all.
    """
    left = func.json_array_length(PersonMerge.moved, "$.waiting") > 0
    query = select(PersonMerge.id).where(left)
    if person_id is not None:
        query = query.where(or_(PersonMerge.kept_id == person_id, PersonMerge.gone_id == person_id))
    with library.reading() as db:
        unfinished = db.scalars(query).all()
    portions = 0
    for merge_id in unfinished:
        more = True
        while more:
            with library.transaction() as db:
                row = db.get(PersonMerge, merge_id)
                more = row is not None and go_on(db, row)
            portions += 1
    return portions


def forget_addresses(db: Transaction) -> int:
    """Clear the address of everybody who cannot be parted any more; gives how many had one."""
    final = select(PersonMerge.gone_id).where(
        PersonMerge.undone_at.is_(None), PersonMerge.made_at < now() - PARTED_FOR
    )
    cleared = update(Person).where(Person.id.in_(final), Person.email.is_not(None))
    return len(db.execute(cleared.values(email=None).returning(Person.id)).all())


def why_not_parted(db: Transaction, row: PersonMerge | None) -> str:
    """Why a merge cannot be undone, in a sentence; empty where it can."""
    if row is None:
        return "There is no such merge, or one of the two has left since."
    if row.undone_at is not None:
        return "This is undone already."
    if row.made_at + PARTED_FOR < now():
        return "This is more than 30 days ago and cannot be undone any more."
    if people.merged_into(db, row.kept_id) is not None:
        return "Whoever was kept has been merged into somebody else since. Undo that first."
    return ""


def made(
    db: Transaction, viewer: Viewer, *, limit: int, before_id: int | None = None
) -> Sequence[PersonMerge]:
    """The merges there were, newest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    query = select(PersonMerge).order_by(PersonMerge.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(PersonMerge.id < before_id)
    return db.scalars(query).all()


def get(db: Transaction, viewer: Viewer, merge_id: int) -> PersonMerge:
    """A merge.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there is none of this number.
    """
    require_admin(viewer)
    if (row := db.get(PersonMerge, merge_id)) is None:
        raise NotFoundError("There is no such merge, or one of the two has left since.")
    return row


def both(db: Transaction, viewer: Viewer, kept_id: int, gone_id: int) -> tuple[Person, Person]:
    """The two people, where they may be made one.

    Raises:
        NotAllowedError, NotFoundError, ConflictError: as `merge`.
    """
    require_admin(viewer)
    kept, gone = people.get(db, kept_id), people.get(db, gone_id)
    if kept.id == gone.id:
        raise ConflictError("Choose two different people.")
    if gone.id == viewer.person_id:
        raise ConflictError("You cannot merge the account away with which you are signed in.")
    if _has_unfinished(db, kept.id, gone.id):
        raise ConflictError("One of the two is being merged or parted. Try again in some minutes.")
    if any(people.merged_into(db, person.id) is not None for person in (kept, gone)):
        raise ConflictError("One of the two is merged already. Choose whoever was kept.")
    if gone.email is not None and kept.email is None:
        raise ConflictError(f"Keep {gone.name}, who has an account, and merge the voice into it.")
    if gone.role is Role.ADMIN and gone.email and kept.role is not Role.ADMIN:
        raise ConflictError(
            "An administrator is not merged into somebody who is none. Keep the administrator."
        )
    return kept, gone


def _has_unfinished(db: Transaction, *person_ids: int) -> bool:
    """Whether a merge of one of these has sessions left to move."""
    theirs = or_(PersonMerge.kept_id.in_(person_ids), PersonMerge.gone_id.in_(person_ids))
    return any(map(waiting, db.scalars(select(PersonMerge).where(theirs))))


def _end_doors(db: Transaction, gone: Person) -> None:
    """Let nobody come in as the one who is gone; after a parting they choose a new password."""
    for table in DOORS:
        db.execute(delete(table).where(table.person_id == gone.id))
    links = update(ReleaseLink).where(
        ReleaseLink.person_id == gone.id, ReleaseLink.revoked_at.is_(None)
    )
    db.execute(links.values(revoked_at=now()))
    gone.active, gone.login_key, gone.password_hash = False, None, None
    db.flush()


def _count_once(db: Transaction, kept: Person, gone: Person) -> None:
    """End what was counted of the one who is gone; whose questions are not counted stays so."""
    ended = [gone.id]
    if db.get(UncountedPerson, gone.id) is not None:
        ended.append(kept.id)
        db.merge(UncountedPerson(person_id=kept.id))
    db.execute(delete(MissedQuestion).where(MissedQuestion.person_id.in_(ended)))


def _log(db: Transaction, viewer: Viewer, action: str, row: PersonMerge) -> None:
    audit.record(
        db,
        viewer.person_id,
        action,
        ("person", row.kept_id),
        detail={"other": row.gone_id, "merge": row.id},
        address=viewer.address,
    )
