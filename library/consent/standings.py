"""How it stands with the release of a session: who speaks in it, and what their answers cover."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from library import nested
from library.access import today
from library.models import (
    Answer,
    Collection,
    MentoringSession,
    Part,
    Person,
    Release,
    ReleaseRule,
    Segment,
    Source,
    SpeakerRelease,
    TranscriptVersion,
)
from library.store import Transaction

REFUSALS = frozenset({Answer.DECLINED, Answer.WITHDRAWN})
NOBODYS = re.compile(
    r"(speaker|voice|channel|person|participant|spk|unknown|unnamed)[\s_-]*\w{0,3}", re.IGNORECASE
)
"""Names that programs give to voices which they cannot name."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How it stands with one of those who speak in a session."""

    person: Person
    part: Part | None  # None: only the transcript names them
    state: Answer
    holds: bool  # whether the answer covers what the session is meant for now
    needed: bool  # whether the session waits for it
    answered_at: datetime | None


def standings(db: Transaction, session: MentoringSession) -> list[Standing]:
    """Everybody who speaks in a session, or answered, with what they said to its release."""
    speaking = concerned(db, session)
    answers = {answer.person_id: answer for answer in session.answers}
    mentors_only = _mentors_decide(db, session)
    found = []
    for person_id in speaking.keys() | answers.keys():
        answer, part = answers.get(person_id), speaking.get(person_id)
        person = answer.person if answer else db.get_one(Person, person_id)
        found.append(
            Standing(
                person=person,
                part=part,
                state=answer.state if answer else Answer.ASKED,
                holds=answer is not None and holds(session, answer),
                needed=person_id in speaking
                and (not mentors_only or part in {Part.MENTOR, Part.FACILITATOR}),
                answered_at=answer.answered_at if answer else None,
            )
        )
    return sorted(found, key=lambda s: (s.part is None, s.person.name.lower(), s.person.id))


def release_of(session: MentoringSession, found: Sequence[Standing]) -> Release:
    """Whether others find a session, as it follows from the answers."""
    if not session.visibility.needs_release:
        return Release.KEPT
    if session.sample:
        return Release.RELEASED
    if any(standing.state in REFUSALS for standing in found):
        return Release.REFUSED  # also of somebody whom the owner does not list any more
    waiting = any(standing.needed and not standing.holds for standing in found)
    return Release.WAITING if waiting else Release.RELEASED


def answer_of(session: MentoringSession, person_id: int | None) -> SpeakerRelease | None:
    """The answer of a person, if they were asked or gave one."""
    return next((a for a in session.answers if a.person_id == person_id), None)


def concerned(db: Transaction, session: MentoringSession) -> dict[int, Part | None]:
    """Who takes part (person id), with their part, and whom else the current transcripts name."""
    found: dict[int, Part | None] = {p.person_id: p.part for p in session.participants}
    listed = db.scalars(select(Person.name).where(Person.id.in_([*found, session.owner_id])))
    words = [_words(name) for name in listed]
    speaking = db.execute(
        select(Person.id, Person.name)
        .join(Segment, Segment.person_id == Person.id)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(TranscriptVersion.current, Source.session_id == session.id)
        .distinct()
    )
    for person_id, name in speaking:
        short_for_one = any(_words(name) <= whole for whole in words)
        if person_id == session.owner_id or not (short_for_one or NOBODYS.fullmatch(name)):
            found.setdefault(person_id, None)
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold()))


def _mentors_decide(db: Transaction, session: MentoringSession) -> bool:
    """Whether all collections of a session ask its mentors only, and it has one."""
    rules = db.scalars(
        select(Collection.release_rule).where(Collection.id.in_(nested.holding(session.id)))
    ).all()
    mentored = any(p.part in {Part.MENTOR, Part.FACILITATOR} for p in session.participants)
    return mentored and bool(rules) and set(rules) == {ReleaseRule.MENTORS}


def holds(session: MentoringSession, answer: SpeakerRelease) -> bool:
    """Whether an answer lets others find the session as it is meant to be found now."""
    if answer.state is Answer.SAME:
        return True
    if answer.state not in {Answer.AGREED, Answer.WAIVED} or answer.answered_at is None:
        return False
    newest = max((s.created_at for s in session.sources), default=datetime.min.replace(tzinfo=UTC))
    first_day = session.embargo_until or today()
    return (
        answer.audience is not None
        and session.visibility.reach <= answer.audience.reach
        and newest <= answer.answered_at
        and (answer.not_before is None or first_day >= answer.not_before)
    )
