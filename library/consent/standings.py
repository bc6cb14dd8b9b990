"""How it stands with the release of a session: who speaks in it, and what their answers cover."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from library import nested
from library.access import today
from library.accounts import people
from library.consent.release_holds import Known, ReleaseHold, look_at_all
from library.models import (
    Answer,
    Collection,
    MentoringSession,
    Part,
    Person,
    Release,
    ReleaseRule,
    SpeakerRelease,
)
from library.store import Transaction

REFUSALS = frozenset({Answer.DECLINED, Answer.WITHDRAWN})
BINDING = REFUSALS | {Answer.PROPOSED}  # what nobody else can decide over


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How it stands with one of those who speak in a session."""

    person: Person
    part: Part | None  # None: only the transcript names them
    state: Answer
    holds: bool  # whether the answer covers what the session is meant for now
    needed: bool  # whether the session waits for it
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the release of a session rests on, beside the answers: read before it is decided."""

    known: Known
    names: Mapping[int, str]  # of everybody who takes part or is confirmed to speak
    rules: frozenset[ReleaseRule]  # of the collections that it is in, and of those around them


def ground_of(db: Transaction, session: MentoringSession) -> Ground:
    """Read the ground of one session."""
    return grounds_of(db, [session])[session.id]


def grounds_of(db: Transaction, sessions: Sequence[MentoringSession]) -> dict[int, Ground]:
    """Read the grounds of many sessions, with as many queries as for one; by session."""
    known = look_at_all(db, sessions)
    everybody = {person_id for one in known.values() for person_id in one.people}
    for session in sessions:
        everybody |= {p.person_id for p in session.participants} | {session.owner_id or 0}
    names, rules = people.names(db, everybody), _rules(db, [session.id for session in sessions])
    return {i: Ground(known=one, names=names, rules=rules[i]) for i, one in known.items()}


def standings(
    db: Transaction, session: MentoringSession, ground: Ground | None = None
) -> list[Standing]:
    """Return everyone who speaks in a session, or answered, with what they said to its release."""
    ground = ground or ground_of(db, session)
    speaking = concerned(session, ground)
    answers = {answer.person_id: answer for answer in session.answers}
    mentors_only = _mentors_decide(session, ground)
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


def release_of(
    session: MentoringSession, found: Sequence[Standing], held: Sequence[ReleaseHold]
) -> Release:
    """Return whether others find a session, as it follows from the answers and the holds."""
    if not session.visibility.needs_release:
        return Release.KEPT
    if session.sample:
        return Release.RELEASED
    if any(standing.state in REFUSALS for standing in found):
        return Release.REFUSED  # also of somebody whom the owner does not list any more
    if held:
        return Release.WAITING
    waiting = any(waits_for(standing) for standing in found)
    return Release.WAITING if waiting else Release.RELEASED


def waits_for(standing: Standing) -> bool:
    """Whether a session waits for somebody: for their answer, or for what they want left out."""
    return standing.state is Answer.PROPOSED or (standing.needed and not standing.holds)


def answer_of(session: MentoringSession, person_id: int | None) -> SpeakerRelease | None:
    """The answer of a person, if they were asked or gave one."""
    return next((a for a in session.answers if a.person_id == person_id), None)


def concerned(session: MentoringSession, ground: Ground) -> dict[int, Part | None]:
    """Return who takes part (person id), with their part, and who is confirmed to speak beside.

    A speaker whose name is a short form of a participant's is not a person of their own.
    """
    found: dict[int, Part | None] = {p.person_id: p.part for p in session.participants}
    beside, names = ground.known.people - found.keys(), ground.names
    listed = [_words(names[i]) for i in {*found, session.owner_id or 0} if i in names]
    for person_id in sorted(beside & names.keys()):
        short_for_one = any(_words(names[person_id]) <= whole for whole in listed)
        if person_id == session.owner_id or not short_for_one:
            found[person_id] = None
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold()))


def _mentors_decide(session: MentoringSession, ground: Ground) -> bool:
    """Whether all collections of a session ask its mentors only, and it has one."""
    mentored = any(p.part in {Part.MENTOR, Part.FACILITATOR} for p in session.participants)
    return mentored and ground.rules == {ReleaseRule.MENTORS}


def _rules(db: Transaction, session_ids: Sequence[int]) -> dict[int, frozenset[ReleaseRule]]:
    """The release rules of the collections that hold each of these sessions, at any distance."""
    around = nested.holding_each(session_ids).subquery()
    rows = db.execute(
        select(around.c.session_id, Collection.release_rule).join(
            Collection, Collection.id == around.c.id
        )
    )
    found: dict[int, set[ReleaseRule]] = defaultdict(set)
    for session_id, rule in rows:
        found[session_id].add(rule)
    return {i: frozenset(found[i]) for i in session_ids}


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
