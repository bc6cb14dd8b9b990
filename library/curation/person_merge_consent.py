"""Participations and consent answers in a person merge: the stricter answer applies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from library.consent.release_status import REFUSALS, concerned, ground_of
from library.models import (
    ConsentAnswer,
    MentoringSession,
    Participant,
    ParticipantRole,
    SpeakerConsent,
    Visibility,
)
from library.store import Transaction

GIVEN = frozenset({ConsentAnswer.AGREED, ConsentAnswer.WAIVED})
FIRST = (
    ParticipantRole.MENTOR,
    ParticipantRole.FACILITATOR,
    ParticipantRole.PEER,
    ParticipantRole.MENTEE,
)  # of two different roles, a merge keeps the one that is first here


@dataclass(frozen=True)
class MergedAnswer:
    """Values of a consent answer, not bound to a database row."""

    state: ConsentAnswer
    answered_at: datetime | None = None
    audience: Visibility | None = None
    not_before: date | None = None


def join(db: Transaction, kept: int, gone: int, session_ids: Collection[int]) -> list[Any]:
    """Combine the consent answers of both people in sessions. Return the former answers.

    The result is a list of [session id, answer of *kept*, answer of *gone*], for an undo.
    """
    joined = []
    for session_id in _answered(db, kept, gone):
        if session_id not in session_ids:
            continue
        session = db.get_one(MentoringSession, session_id)
        mine, theirs = _row(db, session_id, kept), _row(db, session_id, gone)
        joined.append([session_id, _kept(mine), _kept(theirs)])
        one = _together(*_both(db, session, kept, gone))
        if theirs is not None:
            db.delete(theirs)
        _write(db, session_id, kept, one)
        db.flush()
        db.expire(session, ["answers"])
    return joined


def asked_again(db: Transaction, kept: int, gone: int) -> list[int]:
    """Return the ids of sessions for which a merge asks the remaining person for consent again."""
    found = []
    for session_id in _answered(db, kept, gone):
        mine, theirs = _both(db, db.get_one(MentoringSession, session_id), kept, gone)
        one = _together(mine, theirs)
        consented = any(answer is not None and answer.state in GIVEN for answer in (mine, theirs))
        if consented and (one is None or one.state is ConsentAnswer.ASKED):
            found.append(session_id)
    return found


def join_parts(db: Transaction, kept: int, gone: int, session_ids: Collection[int]) -> list[Any]:
    """Combine the participations of both people in sessions. Return the former rows.

    The result is a list of [session id, values of *kept*, values of *gone*], for an undo. Values
    are [part, position], or None for a person who did not take part.
    """
    joined = []
    theirs = select(Participant).where(
        Participant.person_id == gone, Participant.session_id.in_(session_ids)
    )
    for other in db.scalars(theirs).all():
        mine = db.get(Participant, (other.session_id, kept))
        joined.append(
            [
                other.session_id,
                [mine.part.value, mine.position] if mine else None,
                [other.part.value, other.position],
            ]
        )
        part, position = other.part, other.position
        session_id = other.session_id
        db.delete(other)
        db.flush()
        if mine is None:
            db.add(Participant(session_id=session_id, person_id=kept, part=part, position=position))
        else:
            mine.part = min(mine.part, part, key=FIRST.index)
        db.flush()
    return joined


def restore_participants(db: Transaction, kept: int, gone: int, joined: Sequence[Any]) -> None:
    """Restore the participations of both people in sessions where *kept* still takes part.

    *joined* is the result of `join_parts`.
    """
    for session_id, before, theirs in joined:
        mine = db.get(Participant, (session_id, kept))
        if mine is None:
            continue  # the owner removed the person after the merge
        if before is None:
            db.delete(mine)
        else:
            mine.part, mine.position = ParticipantRole(before[0]), before[1]
        db.flush()
        part, position = ParticipantRole(theirs[0]), theirs[1]
        db.add(Participant(session_id=session_id, person_id=gone, part=part, position=position))
    db.flush()


def part(db: Transaction, kept: int, gone: int, joined: Sequence[Any], *, since: datetime) -> None:
    """Restore the consent answers of both people, unless *kept* answered after *since*.

    If the later answer of *kept* is a refusal, it applies to both people. *joined* is the result of
    `join`.
    """
    for session_id, mine_before, theirs_before in joined:
        session = db.get(MentoringSession, session_id)
        if session is None or session.deleted_at is not None:
            continue
        mine = _row(db, session_id, kept)
        newer = mine is not None and mine.answered_at is not None and mine.answered_at > since
        if not newer:
            _write(db, session_id, kept, _read(mine_before))
            _write(db, session_id, gone, _read(theirs_before))
        elif mine is not None and mine.state in REFUSALS:
            _write(
                db, session_id, gone, _said(mine)
            )  # a refusal after the merge applies to both people
        db.flush()
        db.expire(session, ["answers"])


def ask_again(db: Transaction, session: MentoringSession, person_id: int) -> None:
    """Replace a person's answer by an open consent request."""
    _write(db, session.id, person_id, MergedAnswer(ConsentAnswer.ASKED))
    db.flush()
    db.expire(session, ["answers"])


def _together(mine: MergedAnswer | None, theirs: MergedAnswer | None) -> MergedAnswer | None:
    """Combine two answers. The result allows only what both answers allow."""
    known = [answer for answer in (mine, theirs) if answer is not None]
    spoken = [answer for answer in known if answer.state is not ConsentAnswer.SAME] or known
    if len(spoken) < 2:
        return spoken[0] if spoken else None
    for answer in spoken:
        if answer.state in REFUSALS:
            return answer
    if any(answer.state not in GIVEN for answer in spoken):
        return (
            MergedAnswer(ConsentAnswer.ASKED)
            if ConsentAnswer.ASKED in {s.state for s in spoken}
            else spoken[0]
        )
    audiences = [answer.audience for answer in spoken if answer.audience is not None]
    moments = [answer.answered_at for answer in spoken if answer.answered_at is not None]
    days = [answer.not_before for answer in spoken if answer.not_before is not None]
    both_agreed = all(answer.state is ConsentAnswer.AGREED for answer in spoken)
    return MergedAnswer(
        ConsentAnswer.AGREED if both_agreed else ConsentAnswer.WAIVED,
        min(moments) if len(moments) == len(spoken) else None,
        min(audiences, key=lambda visibility: visibility.reach)
        if len(audiences) == len(spoken)
        else None,
        max(days, default=None),
    )


def _both(
    db: Transaction, session: MentoringSession, kept: int, gone: int
) -> tuple[MergedAnswer | None, MergedAnswer | None]:
    """Return the answers of *kept* and *gone* to a session, or None for a missing answer.

    For a speaker without a stored answer, the result has an answer with the state ASKED.
    """
    speaking = concerned(session, ground_of(db, session))
    found: list[MergedAnswer | None] = []
    for person_id in (kept, gone):
        row = _row(db, session.id, person_id)
        silent = MergedAnswer(ConsentAnswer.ASKED) if person_id in speaking else None
        found.append(_said(row) if row else silent)
    return found[0], found[1]


def _answered(db: Transaction, kept: int, gone: int) -> Sequence[int]:
    """Return the ids of sessions with an answer of either person, in ascending order."""
    query = select(SpeakerConsent.session_id).where(SpeakerConsent.person_id.in_([kept, gone]))
    return sorted(set(db.scalars(query)))


def _row(db: Transaction, session_id: int, person_id: int) -> SpeakerConsent | None:
    return db.get(SpeakerConsent, (session_id, person_id))


def _said(row: SpeakerConsent) -> MergedAnswer:
    return MergedAnswer(row.state, row.answered_at, row.audience, row.not_before)


def _write(db: Transaction, session_id: int, person_id: int, answer: MergedAnswer | None) -> None:
    row = _row(db, session_id, person_id)
    if answer is None:
        if row is not None:
            db.delete(row)
        return
    if row is None:
        row = SpeakerConsent(session_id=session_id, person_id=person_id)
        db.add(row)
    row.state, row.answered_at = answer.state, answer.answered_at
    row.audience, row.not_before = answer.audience, answer.not_before


def _kept(row: SpeakerConsent | None) -> list[Any] | None:
    """Convert an answer to a JSON list: state, time, audience and embargo date."""
    if row is None:
        return None
    return [
        row.state.value,
        row.answered_at.isoformat() if row.answered_at else None,
        row.audience.value if row.audience else None,
        row.not_before.isoformat() if row.not_before else None,
    ]


def _read(values: Sequence[Any] | None) -> MergedAnswer | None:
    if values is None:
        return None
    state, answered_at, audience, not_before = values
    return MergedAnswer(
        ConsentAnswer(state),
        datetime.fromisoformat(answered_at) if answered_at else None,
        Visibility(audience) if audience else None,
        date.fromisoformat(not_before) if not_before else None,
    )
