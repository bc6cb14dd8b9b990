"""Release: others find a session when everyone who speaks in it is known and has agreed.

Participants are asked; so are people whom the transcript names beside them, once a person has
confirmed the name. A speaker without a name, a name that nobody has confirmed, or a transcript
that is not there yet holds the release (`library.consent.release_holds`). An answer holds for the
audience and the embargo that were shown, and for the sources that there were: a wider audience or
another recording asks again. `settle` brings `MentoringSession.release` up to date and is called
by whatever changes people, transcripts, sources, visibility or collections.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from library import webhooks
from library.access import Viewer, require_admin, today
from library.consent import cut_proposals, ledger, release_holds, reviews
from library.consent.asked import is_asked, require_asked
from library.consent.ledger import Fact
from library.consent.receipts import write_receipt
from library.consent.standings import (
    BINDING,
    REFUSALS,
    Ground,
    Standing,
    answer_of,
    concerned,
    ground_of,
    grounds_of,
    holds,
    release_of,
    standings,
)
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import (
    Answer,
    Event,
    LedgerEntry,
    MentoringSession,
    Part,
    Participant,
    Person,
    Receipt,
    Release,
    ReleaseDue,
    SpeakerRelease,
    Visibility,
    now,
)
from library.store import Transaction

OPEN = frozenset({Release.RELEASED, Release.REVIEW})
"""What everybody who speaks has agreed to."""


def settle(db: Transaction, session: MentoringSession) -> None:
    """Bring who is asked, and whether a session is released, up to date."""
    db.flush()
    _settle(db, [session])


def settle_all(db: Transaction, session_ids: Iterable[int]) -> None:
    """Settle these sessions, all of which are there; what they rest on is read together."""
    ids = list(session_ids)
    db.flush()
    for first in range(0, len(ids), AT_ONCE):
        some = select(MentoringSession).where(MentoringSession.id.in_(ids[first : first + AT_ONCE]))
        _settle(db, db.scalars(some.options(*TOGETHER)).all())


AT_ONCE = 200  # sessions whose ground is read together
TOGETHER = (
    selectinload(MentoringSession.participants),
    selectinload(MentoringSession.sources),
    selectinload(MentoringSession.answers).selectinload(SpeakerRelease.person),
)


def _settle(db: Transaction, sessions: Sequence[MentoringSession]) -> None:
    grounds, gates = grounds_of(db, sessions), reviews.gates(db, sessions)
    due = _due(db, grounds)
    people = db.scalars(  # they are asked for one by one below, and found without a query
        select(Person).where(Person.id.in_({i for one in grounds.values() for i in one.names}))
    ).all()
    for session in sessions:
        _ask(db, session, grounds[session.id])
    db.flush()
    followed = []
    for one in sessions:
        one.release = due.get(one.id, one.release)
        followed.append(_follow(db, one, grounds[one.id], gates[one.id]))
    del people
    if due:
        db.execute(delete(ReleaseDue).where(ReleaseDue.session_id.in_(due)))
    _tell(db, [told for _, to_tell in followed for told in to_tell])
    webhooks.announce_all(db, [change for change, _ in followed if change is not None])
    db.flush()


def _due(db: Transaction, session_ids: Iterable[int]) -> dict[int, Release]:
    """Return the releases before an earlier change that is still to be settled; by session."""
    noted = select(ReleaseDue.session_id, ReleaseDue.was)
    rows = db.execute(noted.where(ReleaseDue.session_id.in_(session_ids)))
    return {row.session_id: row.was for row in rows}


def _ask(db: Transaction, session: MentoringSession, ground: Ground) -> None:
    """Ask everybody who speaks in a session that is meant for others, and nobody else."""
    known = {answer.person_id: answer for answer in session.answers}
    wide = session.visibility.needs_release and not session.sample
    speaking = concerned(session, ground) if wide else {}
    for person_id in speaking.keys() - known.keys():
        session.answers.append(SpeakerRelease(person_id=person_id))
    for person_id, answer in known.items():
        if answer.state is Answer.ASKED and person_id not in speaking:
            session.answers.remove(answer)
        cut_proposals.settle_answer(db, answer)


def _follow(
    db: Transaction, session: MentoringSession, ground: Ground, gate: reviews.Gate
) -> tuple[tuple[Event, int] | None, list[tuple[MentoringSession, int]]]:
    """Let it follow from the answers whether others find a session; what changed, whom to tell."""
    gate = reviews.prepare(db, session, gate)
    was = session.release is Release.RELEASED
    found = standings(db, session, ground)
    session.release = reviews.gated(release_of(session, found, ground.known.holds), gate)
    session.held = release_holds.is_held(session, ground.known.holds)
    to_tell = [(session, person_id) for person_id in _to_tell(session, found)]
    if was is (session.release is Release.RELEASED):
        return None, to_tell
    return (Event.SESSION_WITHDRAWN if was else Event.SESSION_RELEASED, session.id), to_tell


def _to_tell(session: MentoringSession, found: Sequence[Standing]) -> list[int]:
    """The participants whose answer a release does not need: they are told of it."""
    if session.release not in OPEN or session.sample:
        return []
    return [
        standing.person.id
        for standing in found
        if standing.part is not None and not standing.needed and standing.state is Answer.ASKED
    ]


def _tell(db: Transaction, people: Sequence[tuple[MentoringSession, int]]) -> None:
    """Note in the ledger that these are told of a release, each once for an audience."""
    if not people:
        return
    before = ledger.newest(db, "told", [session.id for session, _ in people])
    facts = []
    for session, person_id in people:
        audience, told = session.visibility.value, before.get((session.id, person_id))
        if told is None or told.content["audience"] != audience:
            said, more = statement(session), {"audience": audience}
            facts.append(Fact(session.id, person_id, via="library", words=said, more=more))
    ledger.record_all(db, Viewer(), "told", facts)


def follows(db: Transaction, session: MentoringSession) -> Release:
    """Return whether others find a session: from its speakers, their answers, its review."""
    gate = reviews.gates(db, [session])[session.id]
    return reviews.gated(_before_review(db, session), gate)


def answers_allow(db: Transaction, session: MentoringSession) -> bool:
    """Return whether everyone who speaks is known and agreed to what a session is meant for."""
    return _before_review(db, session) is Release.RELEASED


def _before_review(db: Transaction, session: MentoringSession) -> Release:
    ground = ground_of(db, session)
    return release_of(session, standings(db, session, ground), ground.known.holds)


def statement(session: MentoringSession) -> str:
    """What somebody who releases a session agrees to, in the words that they are shown."""
    audience = {
        Visibility.COLLECTION: "the members of the collections that it is put into",
        Visibility.MEMBERS: "everybody who has an account in this library",
        Visibility.PUBLIC: "everybody, also people without an account",
    }[session.visibility]
    start = (
        f" from {session.embargo_until.isoformat()} on"
        if session.embargo_until and session.embargo_until > today()
        else ""
    )
    return (
        f"What I say in this session may be found, read and heard by {audience}{start}. "
        "I can take this back at any time; then nobody finds it any more who did not take part."
    )


def choose(db: Transaction, viewer: Viewer, session: MentoringSession) -> None:
    """Let *viewer*'s own choice of a visibility be their own answer; then ask the others."""
    settle(db, session)
    me = viewer.person_id
    mine = answer_of(session, me)
    if me is None or (mine is None and session.owner_id != me):
        return
    if session.visibility.needs_release:
        if mine is None or mine.state is not Answer.AGREED or not holds(session, mine):
            _answer(db, viewer, session, Answer.AGREED)
    elif mine is not None and mine.state is Answer.AGREED:
        session.answers.remove(mine)
        ledger.record(db, viewer, "closed", session_id=session.id, person_id=me)
    settle(db, session)


def respond(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    *,
    agree: bool,
    without: Sequence[str] = (),
    via: str = "account",
) -> None:
    """Keep the answer of somebody who was asked; it counts once *without* is left out.

    Raises:
        NotAllowedError, ConflictError: as `require_asked`.
    """
    require_asked(session, viewer)
    state = Answer.AGREED if agree else Answer.DECLINED
    _answer(db, viewer, session, Answer.PROPOSED if without else state, via=via, without=without)
    settle(db, session)


def withdraw(
    db: Transaction, viewer: Viewer, session: MentoringSession, *, via: str = "account"
) -> Receipt:
    """Take a release back: from this transaction on nobody else finds the session.

    Raises:
        NotAllowedError: *viewer* does not speak in the session.
    """
    if not is_asked(session, viewer):
        raise NotAllowedError("Only somebody who takes part in this session can take it back.")
    entry = _answer(db, viewer, session, Answer.WITHDRAWN, via=via)
    settle(db, session)
    return write_receipt(db, session, viewer.person_id, entry)


def set_visibility(
    db: Transaction, viewer: Viewer, session: MentoringSession, visibility: Visibility
) -> Receipt | None:
    """Say whom a session is meant for; gives a receipt where others could find it until now."""
    was_found = session.release is Release.RELEASED
    session.visibility = visibility
    if visibility.needs_release or not was_found:
        choose(db, viewer, session)
        return None
    entry = ledger.record(db, viewer, "closed", session_id=session.id, person_id=viewer.person_id)
    if (mine := answer_of(session, viewer.person_id)) is not None and mine.state is Answer.AGREED:
        session.answers.remove(mine)
    settle(db, session)
    return write_receipt(db, session, viewer.person_id, entry)


def waive(db: Transaction, viewer: Viewer, session: MentoringSession, reason: str) -> None:
    """Release a session without those who have not answered; a no, or a condition, stays.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: there is no reason.
    """
    require_admin(viewer)
    if not (said := " ".join(reason.split())):
        raise InvalidInputError("Write down why this is released without them.")
    settle(db, session)
    for answer in session.answers:
        if answer.state not in BINDING and not holds(session, answer):
            _put(session, answer, Answer.WAIVED)
            ledger.record(
                db,
                viewer,
                Answer.WAIVED,
                session_id=session.id,
                person_id=answer.person_id,
                via="administrator",
                reason=said,
                audience=session.visibility.value,
            )
    settle(db, session)


def explain(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """Say that a name which only the transcript holds is nobody's, or somebody's asked already.

    Raises:
        ConflictError: this is somebody who takes part, or who has answered.
    """
    answer = answer_of(session, person_id)
    listed = {p.person_id for p in session.participants}
    if answer is None or person_id in listed or answer.state is not Answer.ASKED:
        raise ConflictError("Only a name that nobody has answered for can be explained.")
    _put(session, answer, Answer.SAME)
    ledger.record(db, viewer, "explained", session_id=session.id, person_id=person_id)
    settle(db, session)


def include(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """Count somebody whom only the transcript names among the people, so that they are asked.

    Raises:
        ConflictError: the transcript does not name them, or they are among the people.
    """
    listed = {p.person_id for p in session.participants}
    if person_id in listed or answer_of(session, person_id) is None:
        raise ConflictError("This is not a name that the transcript adds to the people.")
    session.participants.append(
        Participant(person_id=person_id, part=Part.PEER, position=len(listed))
    )
    ledger.record(db, viewer, "asked", session_id=session.id, person_id=person_id)
    settle(db, session)


def ask_again(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """Ask somebody who said no, or took it back, once more; until they answer it stays closed.

    Raises:
        ConflictError: they have not said no.
    """
    answer = answer_of(session, person_id)
    if answer is None or answer.state not in REFUSALS:
        raise ConflictError("They have not said no.")
    answer.state, answer.asked_at = Answer.ASKED, now()
    ledger.record(db, viewer, "asked", session_id=session.id, person_id=person_id)
    settle(db, session)


def is_waiting_for(session: MentoringSession, viewer: Viewer) -> bool:
    """Whether *viewer* is asked to answer now."""
    mine = answer_of(session, viewer.person_id)
    return (
        mine is not None
        and session.visibility.needs_release
        and is_asked(session, viewer)
        and mine.state not in BINDING
        and not holds(session, mine)
    )


def has_agreed(session: MentoringSession, viewer: Viewer) -> bool:
    """Whether *viewer* has a release to take back, their own or one given for them."""
    mine = answer_of(session, viewer.person_id)
    return mine is not None and mine.state in {Answer.AGREED, Answer.WAIVED}


def _answer(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    state: Answer,
    *,
    via: str = "account",
    without: Sequence[str] = (),
) -> LedgerEntry:
    """Keep *viewer*'s answer beside its entry in the ledger."""
    if state is not Answer.PROPOSED:
        cut_proposals.end_open(db, viewer, session, viewer.person_id, via=via)
    if (mine := answer_of(session, viewer.person_id)) is None:
        mine = SpeakerRelease(person_id=viewer.person_id)
        session.answers.append(mine)
    _put(session, mine, state)
    return ledger.record(
        db,
        viewer,
        state,
        session_id=session.id,
        person_id=viewer.person_id,
        via=via,
        words=statement(session) + cut_proposals.condition(without)
        if session.visibility.needs_release
        else "",
        audience=session.visibility.value,
    )


def _put(session: MentoringSession, answer: SpeakerRelease, state: Answer) -> None:
    answer.state, answer.answered_at = state, now()
    answer.audience, answer.not_before = session.visibility, session.embargo_until
