"""Parts and answers of two people who are one: the stricter answer holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from library.consent.standings import REFUSALS, concerned, ground_of
from library.models import Answer, MentoringSession, Part, Participant, SpeakerRelease, Visibility
from library.store import Transaction

GIVEN = frozenset({Answer.AGREED, Answer.WAIVED})
FIRST = (Part.MENTOR, Part.FACILITATOR, Part.PEER, Part.MENTEE)  # whose release is needed most


@dataclass(frozen=True)
class Said:
    """An answer as a plain value."""

    state: Answer
    answered_at: datetime | None = None
    audience: Visibility | None = None
    not_before: date | None = None


def join(db: Transaction, kept: int, gone: int, session_ids: Collection[int]) -> list[Any]:
    """Let the one who is kept have one answer in each of these; gives what both had."""
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
    """The sessions in which one of the two had answered and whoever is kept is asked again."""
    found = []
    for session_id in _answered(db, kept, gone):
        mine, theirs = _both(db, db.get_one(MentoringSession, session_id), kept, gone)
        one = _together(mine, theirs)
        given = any(said is not None and said.state in GIVEN for said in (mine, theirs))
        if given and (one is None or one.state is Answer.ASKED):
            found.append(session_id)
    return found


def join_parts(db: Transaction, kept: int, gone: int, session_ids: Collection[int]) -> list[Any]:
    """Let the one who is kept take part in these where either did; gives what both had."""
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


def part_parts(db: Transaction, kept: int, gone: int, joined: Sequence[Any]) -> None:
    """Let both take part again as they did, where whoever was kept still does."""
    for session_id, before, theirs in joined:
        mine = db.get(Participant, (session_id, kept))
        if mine is None:
            continue  # the owner has taken them out since
        if before is None:
            db.delete(mine)
        else:
            mine.part, mine.position = Part(before[0]), before[1]
        db.flush()
        part, position = Part(theirs[0]), theirs[1]
        db.add(Participant(session_id=session_id, person_id=gone, part=part, position=position))
    db.flush()


def part(db: Transaction, kept: int, gone: int, joined: Sequence[Any], *, since: datetime) -> None:
    """Give both their answers back; what was answered since the merge stays whoever's it is."""
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
            _write(db, session_id, gone, _said(mine))  # nobody knows whose no it was
        db.flush()
        db.expire(session, ["answers"])


def ask_anew(db: Transaction, session: MentoringSession, person_id: int) -> None:
    """Let somebody be asked, whatever they said."""
    _write(db, session.id, person_id, Said(Answer.ASKED))
    db.flush()
    db.expire(session, ["answers"])


def _together(mine: Said | None, theirs: Said | None) -> Said | None:
    """The one answer that promises no more than either."""
    known = [said for said in (mine, theirs) if said is not None]
    spoken = [said for said in known if said.state is not Answer.SAME] or known
    if len(spoken) < 2:
        return spoken[0] if spoken else None
    for said in spoken:
        if said.state in REFUSALS:
            return said
    if any(said.state not in GIVEN for said in spoken):
        return Said(Answer.ASKED) if Answer.ASKED in {s.state for s in spoken} else spoken[0]
    audiences = [said.audience for said in spoken if said.audience is not None]
    moments = [said.answered_at for said in spoken if said.answered_at is not None]
    days = [said.not_before for said in spoken if said.not_before is not None]
    both_agreed = all(said.state is Answer.AGREED for said in spoken)
    return Said(
        Answer.AGREED if both_agreed else Answer.WAIVED,
        min(moments) if len(moments) == len(spoken) else None,
        min(audiences, key=lambda seen: seen.reach) if len(audiences) == len(spoken) else None,
        max(days, default=None),
    )


def _both(
    db: Transaction, session: MentoringSession, kept: int, gone: int
) -> tuple[Said | None, Said | None]:
    """What each said; whoever speaks and has no row has not answered."""
    speaking = concerned(session, ground_of(db, session))
    found: list[Said | None] = []
    for person_id in (kept, gone):
        row = _row(db, session.id, person_id)
        silent = Said(Answer.ASKED) if person_id in speaking else None
        found.append(_said(row) if row else silent)
    return found[0], found[1]


def _answered(db: Transaction, kept: int, gone: int) -> Sequence[int]:
    """Sessions in which an answer of one of the two meets the other."""
    query = select(SpeakerRelease.session_id).where(SpeakerRelease.person_id.in_([kept, gone]))
    return sorted(set(db.scalars(query)))


def _row(db: Transaction, session_id: int, person_id: int) -> SpeakerRelease | None:
    return db.get(SpeakerRelease, (session_id, person_id))


def _said(row: SpeakerRelease) -> Said:
    return Said(row.state, row.answered_at, row.audience, row.not_before)


def _write(db: Transaction, session_id: int, person_id: int, said: Said | None) -> None:
    row = _row(db, session_id, person_id)
    if said is None:
        if row is not None:
            db.delete(row)
        return
    if row is None:
        row = SpeakerRelease(session_id=session_id, person_id=person_id)
        db.add(row)
    row.state, row.answered_at = said.state, said.answered_at
    row.audience, row.not_before = said.audience, said.not_before


def _kept(row: SpeakerRelease | None) -> list[Any] | None:
    """An answer as JSON keeps it."""
    if row is None:
        return None
    return [
        row.state.value,
        row.answered_at.isoformat() if row.answered_at else None,
        row.audience.value if row.audience else None,
        row.not_before.isoformat() if row.not_before else None,
    ]


def _read(kept: Sequence[Any] | None) -> Said | None:
    if kept is None:
        return None
    state, answered_at, audience, not_before = kept
    return Said(
        Answer(state),
        datetime.fromisoformat(answered_at) if answered_at else None,
        Visibility(audience) if audience else None,
        date.fromisoformat(not_before) if not_before else None,
    )
