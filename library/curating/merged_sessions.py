"""The sessions of two people who are one: some at a time, each as a whole.

What a session's release rests on is moved in one transaction: its owner, its parts, its answers,
and who speaks in it. So before its turn and after it, a session is as valid as any other.
"""

from collections.abc import Sequence

from sqlalchemy import func, select

from library.consent import release
from library.curating import merged_answers, merged_rows
from library.holdings import passage_people
from library.models import (
    CutProposal,
    MentoringSession,
    Participant,
    Passage,
    PersonMerge,
    Segment,
    Source,
    SpeakerIdentity,
    SpeakerRelease,
    TranscriptVersion,
)
from library.store import Transaction

PORTION = 10  # sessions in one transaction, at most
PASSAGES = 300  # of them together, unless a single one has more


def of_person(db: Transaction, person_id: int) -> list[int]:
    """Sessions that somebody owns, takes part or speaks in, or was asked about."""
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
    asked = select(SpeakerRelease.session_id).where(SpeakerRelease.person_id == person_id)
    owned = select(MentoringSession.id).where(MentoringSession.owner_id == person_id)
    cut = select(CutProposal.session_id).where(CutProposal.person_id == person_id)
    ids = spoken.union(named, part, asked, owned, cut)
    there = MentoringSession.id.in_(ids) & MentoringSession.deleted_at.is_(None)
    return list(db.scalars(select(MentoringSession.id).where(there).order_by(MentoringSession.id)))


def portion(db: Transaction, ids: Sequence[int]) -> Sequence[int]:
    """The first of these sessions, so many that they are moved in a moment."""
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
    """Let these sessions name who is kept, and their release follow from it; note what moved."""
    kept, gone, moved = row.kept_id, row.gone_id, dict(row.moved)
    opened = select(MentoringSession.id).where(
        MentoringSession.id.in_(ids), MentoringSession.release.in_(release.OPEN)
    )
    open_before = set(db.scalars(opened))
    moved["speaker_release"] = [
        *moved["speaker_release"],
        *merged_answers.join(db, kept, gone, ids),
    ]
    moved["participant"] = [
        *moved["participant"],
        *merged_answers.join_parts(db, kept, gone, ids),
    ]
    sources = _sources_of(db, gone, ids)
    for name, column in merged_rows.OF_SESSIONS:
        key = f"{name}.{column}"
        moved[key] = [*moved[key], *merged_rows.move(db, name, column, gone, kept, ids)]
    for source_id in sources:
        passage_people.hand_over(db, source_id, gone, kept)
    row.moved = moved
    db.flush()
    db.expire_all()
    release.settle_all(db, ids)
    again = [session_id for session_id in db.scalars(opened) if session_id not in open_before]
    for session_id in again:  # two answers together must not open what neither had opened
        merged_answers.ask_anew(db, db.get_one(MentoringSession, session_id), kept)
    release.settle_all(db, again)


def move_back(db: Transaction, row: PersonMerge, ids: Sequence[int]) -> None:
    """Give these sessions back what was moved, and let their release follow from it."""
    kept, gone, moved = row.kept_id, row.gone_id, row.moved
    for name, column in merged_rows.OF_SESSIONS:
        merged_rows.move_back(db, name, column, moved[f"{name}.{column}"], gone, kept, ids)
    for source_id in _sources_of(db, gone, ids):
        passage_people.hand_back(db, source_id, kept, gone)
    parts = [one for one in moved["participant"] if one[0] in ids]
    merged_answers.part_parts(db, kept, gone, parts)
    answers = [one for one in moved["speaker_release"] if one[0] in ids]
    merged_answers.part(db, kept, gone, answers, since=row.made_at)
    db.flush()
    db.expire_all()
    release.settle_all(db, ids)


def _sources_of(db: Transaction, person_id: int, session_ids: Sequence[int]) -> Sequence[int]:
    """The sources of these sessions whose current transcript has words of somebody."""
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
