"""Sessions of a person merge, moved from one person to the other, a few per transaction.

Owner, participants, answers and speakers of a session are moved in one transaction, because its
release depends on them. So a session is consistent before and after its move.
"""

from collections.abc import Sequence

from sqlalchemy import func, select

from library.consent import release
from library.curation import person_merge_consent, person_merge_rows
from library.models import (
    CutProposal,
    MentoringSession,
    Participant,
    Passage,
    PersonMerge,
    Segment,
    Source,
    SpeakerConsent,
    SpeakerIdentity,
    TranscriptVersion,
)
from library.sessions import passage_speakers
from library.store import Transaction

PORTION = 10  # sessions in one transaction, at most
PASSAGES = 300  # passages in one transaction, unless a single session has more


def of_person(db: Transaction, person_id: int) -> list[int]:
    """Return the ids of sessions that refer to a person.

    The person owns the session, takes part, speaks, was asked for consent, or proposed a redaction.
    """
    spoken = (
        select(Source.session_id)
        .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(Segment.person_id == person_id)
    )
    named = (
        select(Source.session_id)
        .join(SpeakerIdentity)
        .where(SpeakerIdentity.person_id == person_id)
    )
    part = select(Participant.session_id).where(Participant.person_id == person_id)
    consent = select(SpeakerConsent.session_id).where(SpeakerConsent.person_id == person_id)
    owned = select(MentoringSession.id).where(MentoringSession.owner_id == person_id)
    cut = select(CutProposal.session_id).where(CutProposal.person_id == person_id)
    ids = spoken.union(named, part, consent, owned, cut)
    there = MentoringSession.id.in_(ids) & MentoringSession.deleted_at.is_(None)
    return list(db.scalars(select(MentoringSession.id).where(there).order_by(MentoringSession.id)))


def portion(db: Transaction, ids: Sequence[int]) -> Sequence[int]:
    """Return the first of *ids*: at most `PORTION` sessions with at most `PASSAGES` passages.

    If the first session has more passages, only its id is returned.
    """
    some = ids[:PORTION]
    counts = (
        select(Passage.session_id, func.count().label("passages"))
        .where(Passage.session_id.in_(some))
        .group_by(Passage.session_id)
    )
    passages = {row.session_id: row.passages for row in db.execute(counts)}
    for place in range(1, len(some)):
        if sum(passages.get(i, 0) for i in some[: place + 1]) > PASSAGES:
            return some[:place]
    return some


def move(db: Transaction, row: PersonMerge, ids: Sequence[int]) -> None:
    """Move sessions to the remaining person and update their release. Record the moved rows."""
    kept, gone, moved = row.kept_id, row.gone_id, dict(row.moved)
    released = select(MentoringSession.id).where(
        MentoringSession.id.in_(ids), MentoringSession.release.in_(release.OPEN)
    )
    open_before = set(db.scalars(released))
    moved["speaker_release"] = [
        *moved["speaker_release"],
        *person_merge_consent.join(db, kept, gone, ids),
    ]
    moved["participant"] = [
        *moved["participant"],
        *person_merge_consent.join_parts(db, kept, gone, ids),
    ]
    sources = _sources_of(db, gone, ids)
    for name, column in person_merge_rows.OF_SESSIONS:
        key = f"{name}.{column}"
        moved[key] = [*moved[key], *person_merge_rows.move(db, name, column, gone, kept, ids)]
    for source_id in sources:
        passage_speakers.replace_speaker(db, source_id, gone, kept)
    row.moved = moved
    db.flush()
    db.expire_all()
    release.settle_all(db, ids)
    again = [session_id for session_id in db.scalars(released) if session_id not in open_before]
    for session_id in again:  # a merge must not release a session: ask the person again
        person_merge_consent.ask_again(db, db.get_one(MentoringSession, session_id), kept)
    release.settle_all(db, again)


def move_back(db: Transaction, row: PersonMerge, ids: Sequence[int]) -> None:
    """Move sessions back to the merged person and update their release."""
    kept, gone, moved = row.kept_id, row.gone_id, row.moved
    for name, column in person_merge_rows.OF_SESSIONS:
        person_merge_rows.move_back(db, name, column, moved[f"{name}.{column}"], gone, kept, ids)
    for source_id in _sources_of(db, gone, ids):
        passage_speakers.restore_speakers(db, source_id, kept, gone)
    parts = [one for one in moved["participant"] if one[0] in ids]
    person_merge_consent.restore_participants(db, kept, gone, parts)
    answers = [one for one in moved["speaker_release"] if one[0] in ids]
    person_merge_consent.part(db, kept, gone, answers, since=row.made_at)
    db.flush()
    db.expire_all()
    release.settle_all(db, ids)


def _sources_of(db: Transaction, person_id: int, session_ids: Sequence[int]) -> Sequence[int]:
    """Return the ids of sources in which the person speaks, by their current transcript."""
    return db.scalars(
        select(TranscriptVersion.source_id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(
            Segment.person_id == person_id,
            TranscriptVersion.current,
            Source.session_id.in_(session_ids),
        )
        .distinct()
    ).all()
