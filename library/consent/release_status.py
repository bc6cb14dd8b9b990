"""Release status of sessions: the speakers, and whether their answers allow the release."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from library import collection_closure
from library.access import today
from library.accounts import people
from library.consent.release_holds import Known, ReleaseHold, look_at_all
from library.models import (
    Collection,
    ConsentAnswer,
    MentoringSession,
    ParticipantRole,
    Person,
    Release,
    ReleaseRule,
    SpeakerConsent,
)
from library.store import Transaction

REFUSALS = frozenset({ConsentAnswer.DECLINED, ConsentAnswer.WITHDRAWN})
BINDING = REFUSALS | {ConsentAnswer.PROPOSED}  # answers that an administrator cannot waive


@dataclass(frozen=True, kw_only=True)
class SpeakerStatus:
    """Consent status of one speaker of a session."""

    person: Person
    part: ParticipantRole | None  # None: only the transcript names the person
    state: ConsentAnswer
    holds: bool  # whether the answer is valid consent to visibility, embargo and sources
    needed: bool  # whether the release needs the answer
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ReleaseInputs:
    """Facts on which a release decision depends, other than the answers of the speakers.

    These are the speakers and holds of the transcripts, the names of people, and the rules of the
    collections.
    """

    known: Known
    names: Mapping[int, str]  # by person id: owner, participants and confirmed speakers
    rules: frozenset[ReleaseRule]  # of the session's collections and of their ancestors


def ground_of(db: Transaction, session: MentoringSession) -> ReleaseInputs:
    """Return the inputs of the release decision of one session."""
    return grounds_of(db, [session])[session.id]


def grounds_of(db: Transaction, sessions: Sequence[MentoringSession]) -> dict[int, ReleaseInputs]:
    """Return the inputs of the release decisions by session id, in few queries."""
    known = look_at_all(db, sessions)
    everyone = {person_id for one in known.values() for person_id in one.people}
    for session in sessions:
        everyone |= {p.person_id for p in session.participants} | {session.owner_id or 0}
    names, rules = people.names(db, everyone), _rules(db, [session.id for session in sessions])
    return {i: ReleaseInputs(known=one, names=names, rules=rules[i]) for i, one in known.items()}


def standings(
    db: Transaction, session: MentoringSession, ground: ReleaseInputs | None = None
) -> list[SpeakerStatus]:
    """Return the consent status of all speakers, and of other people who have answered.

    Participants come first, then the other people. Each group is sorted by name.
    """
    ground = ground or ground_of(db, session)
    speaking = concerned(session, ground)
    answers = {answer.person_id: answer for answer in session.answers}
    mentors_only = _mentors_decide(session, ground)
    found = []
    for person_id in speaking.keys() | answers.keys():
        answer, part = answers.get(person_id), speaking.get(person_id)
        person = answer.person if answer else db.get_one(Person, person_id)
        found.append(
            SpeakerStatus(
                person=person,
                part=part,
                state=answer.state if answer else ConsentAnswer.ASKED,
                holds=answer is not None and holds(session, answer),
                needed=person_id in speaking
                and (
                    not mentors_only
                    or part in {ParticipantRole.MENTOR, ParticipantRole.FACILITATOR}
                ),
                answered_at=answer.answered_at if answer else None,
            )
        )
    return sorted(found, key=lambda s: (s.part is None, s.person.name.lower(), s.person.id))


def release_of(
    session: MentoringSession, found: Sequence[SpeakerStatus], held: Sequence[ReleaseHold]
) -> Release:
    """Return the release that follows from visibility, answers and holds, before review."""
    if not session.visibility.needs_release:
        return Release.KEPT
    if session.sample:
        return Release.RELEASED
    if any(standing.state in REFUSALS for standing in found):
        return Release.REFUSED  # also if the owner removed the person from the participants
    if held:
        return Release.WAITING
    waiting = any(waits_for(standing) for standing in found)
    return Release.WAITING if waiting else Release.RELEASED


def waits_for(standing: SpeakerStatus) -> bool:
    """Return whether a session waits for a speaker's answer or proposed redaction."""
    return standing.state is ConsentAnswer.PROPOSED or (standing.needed and not standing.holds)


def answer_of(session: MentoringSession, person_id: int | None) -> SpeakerConsent | None:
    """Return the consent answer of a person to a session, or None."""
    return next((a for a in session.answers if a.person_id == person_id), None)


def concerned(
    session: MentoringSession, ground: ReleaseInputs
) -> dict[int, ParticipantRole | None]:
    """Return the people whose consent is asked: role by person id.

    The role is None if only the transcript names the person.

    A confirmed speaker is left out if the name is a short form of a participant's or the owner's
    name.
    """
    found: dict[int, ParticipantRole | None] = {p.person_id: p.part for p in session.participants}
    beside, names = ground.known.people - found.keys(), ground.names
    listed = [_words(names[i]) for i in {*found, session.owner_id or 0} if i in names]
    for person_id in sorted(beside & names.keys()):
        short_for_one = any(_words(names[person_id]) <= full_name for full_name in listed)
        if person_id == session.owner_id or not short_for_one:
            found[person_id] = None
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold()))


def _mentors_decide(session: MentoringSession, ground: ReleaseInputs) -> bool:
    """Return whether only mentors and facilitators must agree to the release.

    True if the session has a mentor or facilitator, and `ReleaseRule.MENTORS` is the rule of all
    collections that contain the session.
    """
    mentored = any(
        p.part in {ParticipantRole.MENTOR, ParticipantRole.FACILITATOR}
        for p in session.participants
    )
    return mentored and ground.rules == {ReleaseRule.MENTORS}


def _rules(db: Transaction, session_ids: Sequence[int]) -> dict[int, frozenset[ReleaseRule]]:
    """Return the release rules of the collections that contain each session, by session id.

    A collection also contains the sessions of the collections inside it.
    """
    around = collection_closure.holding_each(session_ids).subquery()
    rows = db.execute(
        select(around.c.session_id, Collection.release_rule).join(
            Collection, Collection.id == around.c.id
        )
    )
    found: dict[int, set[ReleaseRule]] = defaultdict(set)
    for session_id, rule in rows:
        found[session_id].add(rule)
    return {i: frozenset(found[i]) for i in session_ids}


def holds(session: MentoringSession, answer: SpeakerConsent) -> bool:
    """Return whether an answer is valid consent to the present visibility, embargo and sources."""
    if answer.state is ConsentAnswer.SAME:
        return True
    if (
        answer.state not in {ConsentAnswer.AGREED, ConsentAnswer.WAIVED}
        or answer.answered_at is None
    ):
        return False
    newest = max((s.created_at for s in session.sources), default=datetime.min.replace(tzinfo=UTC))
    first_day = session.embargo_until or today()
    return (
        answer.audience is not None
        and session.visibility.reach <= answer.audience.reach
        and newest <= answer.answered_at
        and (answer.not_before is None or first_day >= answer.not_before)
    )
