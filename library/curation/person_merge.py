"""Merge of two records of the same person. A merge can be undone for 30 days.

A merge never widens the audience of a session. If both records have a consent answer for a session,
the stricter answer applies. A refusal stays a refusal. If one record has no answer yet, the person
is asked again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from library import audit
from library.access import Viewer, require_admin
from library.accounts import people
from library.consent import ledger
from library.curation import person_merge_rows, person_merge_sessions
from library.errors import ConflictError, NotFoundError
from library.models import (
    ApiToken,
    DataDownload,
    MentoringSession,
    OneTimeLink,
    Passkey,
    Person,
    PersonMerge,
    QuestionCountOptOut,
    ReleaseLink,
    Role,
    SecondFactor,
    SignIn,
    SpeakerProposal,
    UnansweredQuestion,
    VoiceConsent,
    VoicePrint,
    now,
)
from library.store import Library, Transaction
from library.translation import gettext

PARTED_FOR = timedelta(days=30)
CREDENTIAL_TABLES = (
    ApiToken,
    OneTimeLink,
    SecondFactor,
    Passkey,
    SignIn,
    VoiceConsent,
    VoicePrint,
    SpeakerProposal,
    DataDownload,
)


def merge(db: Transaction, viewer: Viewer, kept_id: int, gone_id: int) -> PersonMerge:
    """Merge the person *gone* into *kept* and end the credentials of *gone*.

    The first sessions are moved now. `finish` moves the others later. Until a session is moved, all
    its rows refer to *gone*, with the consent answer of *gone*.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: one of the two people does not exist.
        ConflictError: the two people cannot be merged; the message says why.
    """
    kept, gone = both(db, viewer, kept_id, gone_id)
    ids = person_merge_sessions.of_person(db, gone.id)
    moved: dict[str, Any] = {"active": gone.active, "session": ids, "waiting": ids}
    moved |= {"speaker_release": [], "participant": []}
    moved["collection_member"] = person_merge_rows.join_memberships(db, kept.id, gone.id)
    removed = select(MentoringSession.id).where(MentoringSession.deleted_at.is_not(None))
    for name, column in person_merge_rows.MOVED:
        inside = removed if (name, column) in person_merge_rows.OF_SESSIONS else None
        found = person_merge_rows.move(db, name, column, gone.id, kept.id, inside)
        moved[f"{name}.{column}"] = found
    _delete_credentials(db, gone)
    _count_once(db, kept, gone)
    row = PersonMerge(kept_id=kept.id, gone_id=gone.id, made_by=viewer.person_id, moved=moved)
    db.add(row)
    db.flush()
    if gone.role is Role.ADMIN and gone.email and not people.has_admin(db):
        raise ConflictError(
            "This is the last administrator. Make another person an administrator first."
        )
    ledger.record(db, viewer, "merged", session_id=None, person_id=kept.id, other=gone.id)
    _log(db, viewer, "person.merge", row)
    move_next(db, row)
    return row


def undo(db: Transaction, viewer: Viewer, merge_id: int) -> PersonMerge:
    """Undo a merge. Rows that were changed after the merge stay.

    The first sessions are moved back now. `finish` moves the others later.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        ConflictError: the merge cannot be undone; the message says why.
    """
    require_admin(viewer)
    row = db.get(PersonMerge, merge_id)
    if why := undo_refusal(db, row):
        raise ConflictError(why)
    assert row is not None  # noqa: S101 (`undo_refusal` returns a reason if it is None)
    kept, gone, moved = row.kept_id, row.gone_id, row.moved
    ids = set(moved["session"])
    for name, column in person_merge_rows.MOVED:
        keys = moved[f"{name}.{column}"]
        if (name, column) == person_merge_rows.OF_SESSIONS[0]:
            keys = [key for key in keys if key[0] not in ids]
        elif (name, column) in person_merge_rows.OF_SESSIONS:
            continue
        person_merge_rows.move_back(db, name, column, keys, gone, kept)
    person_merge_rows.part_memberships(db, kept, gone, moved["collection_member"])
    db.get_one(Person, gone).active = moved["active"]
    row.undone_at = now()
    row.moved = {**moved, "waiting": sorted(ids.difference(waiting(row)))}
    ledger.record(db, viewer, "parted", session_id=None, person_id=kept, other=gone)
    _log(db, viewer, "person.part", row)
    move_next(db, row)
    return row


def waiting(row: PersonMerge) -> Sequence[int]:
    """Return the ids of the sessions that a merge or its undo still has to move."""
    found: Sequence[int] = row.moved.get("waiting", ())
    return found


def move_next(db: Transaction, row: PersonMerge) -> bool:
    """Move the next sessions of a merge or of its undo. Return whether any session is left."""
    ids = waiting(row)
    some = person_merge_sessions.portion(db, ids)
    here = [
        session_id
        for session_id in some
        if (session := db.get(MentoringSession, session_id)) is not None
        and session.deleted_at is None
    ]
    row.moved = {**row.moved, "waiting": ids[len(some) :]}
    db.flush()
    if row.undone_at is None:
        person_merge_sessions.move(db, row, here)
    else:
        person_merge_sessions.move_back(db, row, here)
    db.flush()
    return bool(waiting(row))


def finish(library: Library, person_id: int | None = None) -> int:
    """Finish merges and undos in short transactions. Return the number of transactions.

    Args:
        library: library that contains the merges.
        person_id: person whose merges are finished; None for all merges.
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
                more = row is not None and move_next(db, row)
            portions += 1
    return portions


def forget_addresses(db: Transaction) -> int:
    """Clear the e-mail addresses of merged people after the undo period. Return their number."""
    final = select(PersonMerge.gone_id).where(
        PersonMerge.undone_at.is_(None), PersonMerge.made_at < now() - PARTED_FOR
    )
    cleared = update(Person).where(Person.id.in_(final), Person.email.is_not(None))
    return len(db.execute(cleared.values(email=None).returning(Person.id)).all())


def undo_refusal(db: Transaction, row: PersonMerge | None) -> str:
    """Return why a merge cannot be undone; "" if it can."""
    if row is None:
        return gettext("This merge was not found, or one of the two people was removed.")
    if row.undone_at is not None:
        return gettext("This merge is undone already.")
    if row.made_at + PARTED_FOR < now():
        return gettext("This merge is older than 30 days and cannot be undone.")
    if people.merged_into(db, row.kept_id) is not None:
        return gettext("This person was merged into another one later. Undo the later merge first.")
    return ""


def made(
    db: Transaction, viewer: Viewer, *, limit: int, before_id: int | None = None
) -> Sequence[PersonMerge]:
    """Return all merges, newest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    query = select(PersonMerge).order_by(PersonMerge.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(PersonMerge.id < before_id)
    return db.scalars(query).all()


def get(db: Transaction, viewer: Viewer, merge_id: int) -> PersonMerge:
    """Return a merge.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: the merge does not exist.
    """
    require_admin(viewer)
    if (row := db.get(PersonMerge, merge_id)) is None:
        raise NotFoundError("This merge was not found, or one of the two people was removed.")
    return row


def both(db: Transaction, viewer: Viewer, kept_id: int, gone_id: int) -> tuple[Person, Person]:
    """Return the two people, the remaining person first, if they may be merged.

    Raises:
        NotAllowedError, NotFoundError, ConflictError: for the same reasons as `merge`.
    """
    require_admin(viewer)
    kept, gone = people.get(db, kept_id), people.get(db, gone_id)
    if kept.id == gone.id:
        raise ConflictError("Choose two different people.")
    if gone.id == viewer.person_id:
        raise ConflictError(
            "Your own account cannot be merged into another. Merge the other person into yours."
        )
    if _has_unfinished(db, kept.id, gone.id):
        raise ConflictError(
            "A merge of one of these two people is still running. Try again in a few minutes."
        )
    if any(people.merged_into(db, person.id) is not None for person in (kept, gone)):
        raise ConflictError(
            "One of these two people was already merged into another person. Choose the person "
            "who remained."
        )
    if gone.email is not None and kept.email is None:
        raise ConflictError(
            "Keep %(name)s, who has an account, and merge the other person into that account.",
            name=gone.name,
        )
    if gone.role is Role.ADMIN and gone.email and kept.role is not Role.ADMIN:
        raise ConflictError(
            "An administrator can be merged only into an administrator. Keep the account of the "
            "administrator."
        )
    return kept, gone


def _has_unfinished(db: Transaction, *person_ids: int) -> bool:
    """Return whether a merge of one of these people is unfinished."""
    theirs = or_(PersonMerge.kept_id.in_(person_ids), PersonMerge.gone_id.in_(person_ids))
    return any(map(waiting, db.scalars(select(PersonMerge).where(theirs))))


def _delete_credentials(db: Transaction, gone: Person) -> None:
    """Delete the credentials of the merged person. An undo does not restore them."""
    for table in CREDENTIAL_TABLES:
        db.execute(delete(table).where(table.person_id == gone.id))
    links = update(ReleaseLink).where(
        ReleaseLink.person_id == gone.id, ReleaseLink.revoked_at.is_(None)
    )
    db.execute(links.values(revoked_at=now()))
    gone.active, gone.login_key, gone.password_hash = False, None, None
    db.flush()


def _count_once(db: Transaction, kept: Person, gone: Person) -> None:
    """Delete the missed questions of the merged person.

    If the merged person opted out of counting, the remaining person is opted out, too. Then the
    missed questions of the remaining person are also deleted.
    """
    ended = [gone.id]
    if db.get(QuestionCountOptOut, gone.id) is not None:
        ended.append(kept.id)
        db.merge(QuestionCountOptOut(person_id=kept.id))
    db.execute(delete(UnansweredQuestion).where(UnansweredQuestion.person_id.in_(ended)))


def _log(db: Transaction, viewer: Viewer, action: str, row: PersonMerge) -> None:
    audit.record(
        db,
        viewer.person_id,
        action,
        ("person", row.kept_id),
        detail={"other": row.gone_id, "merge": row.id},
        address=viewer.address,
    )
