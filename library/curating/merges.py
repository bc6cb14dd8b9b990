"""Two people who are one: everything of one goes to the other, and can be parted for 30 days.

Nobody else sees more by it. Where both spoke, the stricter of the two answers holds: a no stays a
no, and where one of them had not answered, whoever is left is asked again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from library import audit
from library.access import Viewer, require_admin
from library.accounts import people
from library.consent import ledger, release
from library.curating import merged_answers, merged_rows
from library.errors import ConflictError, NotFoundError
from library.holdings import passage_people
from library.models import (
    ApiToken,
    DataDownload,
    MentoringSession,
    MissedQuestion,
    OneTimeLink,
    Participant,
    Passkey,
    Person,
    PersonMerge,
    ReleaseLink,
    Role,
    SecondFactor,
    Segment,
    SignIn,
    Source,
    SpeakerRelease,
    TranscriptVersion,
    UncountedPerson,
    VoiceConsent,
    VoicePrint,
    VoiceProposal,
    now,
)
from library.store import Transaction

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

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: one of them is not there.
        ConflictError: they cannot be merged so; the sentence says why.
    """
    kept, gone = both(db, viewer, kept_id, gone_id)
    touched = _sessions_of(db, kept.id, gone.id)
    before = {session.id: session.release for session in touched}
    moved: dict[str, Any] = {"active": gone.active, "session": [s.id for s in touched]}
    moved["speaker_release"] = merged_answers.join(db, kept.id, gone.id)
    moved["participant"] = merged_answers.join_parts(db, kept.id, gone.id)
    moved["collection_member"] = merged_rows.join_memberships(db, kept.id, gone.id)
    sources = _sources_of(db, gone.id)
    for name, column in merged_rows.MOVED:
        moved[f"{name}.{column}"] = merged_rows.move(db, name, column, gone.id, kept.id)
    for source_id in sources:
        passage_people.hand_over(db, source_id, gone.id, kept.id)
    _end_doors(db, gone)
    _count_once(db, kept, gone)
    row = PersonMerge(kept_id=kept.id, gone_id=gone.id, made_by=viewer.person_id, moved=moved)
    db.add(row)
    db.flush()
    if gone.role is Role.ADMIN and gone.email and not people.has_admin(db):
        raise ConflictError("This is the last administrator. Make somebody else one first.")
    _settle(db, touched)
    _keep_closed(db, touched, before, kept.id)
    ledger.record(db, viewer, "merged", session_id=None, person_id=kept.id, other=gone.id)
    _log(db, viewer, "person.merge", row)
    return row


def part(db: Transaction, viewer: Viewer, merge_id: int) -> PersonMerge:
    """Undo a merge: what was moved goes back, unless somebody has moved it on since.

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
    touched = [
        session
        for session_id in moved["session"]
        if (session := db.get(MentoringSession, session_id)) is not None
    ]
    for name, column in merged_rows.MOVED:
        merged_rows.move_back(db, name, column, moved[f"{name}.{column}"], gone, kept)
    for source_id in _sources_of(db, gone):
        passage_people.hand_back(db, source_id, kept, gone)
    merged_answers.part_parts(db, kept, gone, moved["participant"])
    merged_answers.part(db, kept, gone, moved["speaker_release"], since=row.made_at)
    merged_rows.part_memberships(db, kept, gone, moved["collection_member"])
    db.get_one(Person, gone).active = moved["active"]
    row.undone_at = now()
    db.flush()
    _settle(db, touched)
    ledger.record(db, viewer, "parted", session_id=None, person_id=kept, other=gone)
    _log(db, viewer, "person.part", row)
    return row


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
    if any(people.merged_into(db, person.id) is not None for person in (kept, gone)):
        raise ConflictError("One of the two is merged already. Choose whoever was kept.")
    if gone.email is not None and kept.email is None:
        raise ConflictError(f"Keep {gone.name}, who has an account, and merge the voice into it.")
    if gone.role is Role.ADMIN and gone.email and kept.role is not Role.ADMIN:
        raise ConflictError(
            "An administrator is not merged into somebody who is none. Keep the administrator."
        )
    return kept, gone


def _sources_of(db: Transaction, person_id: int) -> Sequence[int]:
    """The sources whose current transcript has words of somebody."""
    return db.scalars(
        select(TranscriptVersion.source_id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(Segment.person_id == person_id, TranscriptVersion.current)
        .distinct()
    ).all()


def _sessions_of(db: Transaction, *person_ids: int) -> list[MentoringSession]:
    """Sessions that one of these owns, takes part or speaks in, or was asked about."""
    spoken = (
        select(Source.session_id)
        .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(Segment.person_id.in_(person_ids))
    )
    part = select(Participant.session_id).where(Participant.person_id.in_(person_ids))
    asked = select(SpeakerRelease.session_id).where(SpeakerRelease.person_id.in_(person_ids))
    owned = select(MentoringSession.id).where(MentoringSession.owner_id.in_(person_ids))
    ids = set(db.scalars(spoken.union(part, asked, owned)))
    return list(
        db.scalars(
            select(MentoringSession).where(
                MentoringSession.id.in_(ids), MentoringSession.deleted_at.is_(None)
            )
        )
    )


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


def _settle(db: Transaction, touched: Sequence[MentoringSession]) -> None:
    for session in touched:
        db.refresh(session)
        release.settle(db, session)


def _keep_closed(
    db: Transaction, touched: Sequence[MentoringSession], before: dict[int, Any], kept: int
) -> None:
    """Ask again wherever two answers together would open what neither had opened."""
    for session in touched:
        if session.release in release.OPEN and before[session.id] not in release.OPEN:
            merged_answers.ask_anew(db, session, kept)
            release.settle(db, session)


def _log(db: Transaction, viewer: Viewer, action: str, row: PersonMerge) -> None:
    audit.record(
        db,
        viewer.person_id,
        action,
        ("person", row.kept_id),
        detail={"other": row.gone_id, "merge": row.id},
        address=viewer.address,
    )
