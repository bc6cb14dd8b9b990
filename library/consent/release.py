"""Release of a session to others, once all speakers are identified and have agreed.

Participants are asked. Other speakers of the transcript are asked once their names are confirmed.
An unnamed speaker, an unconfirmed name or a missing transcript holds the release
(`library.consent.release_holds`). An answer is valid for the audience, the embargo and the sources
that the session had when the person answered. A wider audience or a new source needs a new answer.
`refresh` updates `MentoringSession.release`. Each change of people, transcripts, sources,
visibility or collections calls `refresh`.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from library.access import Viewer, require_admin, today
from library.consent import ledger, proposals, release_holds, review_gate
from library.consent.ledger import Fact
from library.consent.receipts import write_receipt
from library.consent.release_status import (
    BINDING,
    REFUSALS,
    ReleaseInputs,
    SpeakerStatus,
    answer_of,
    concerned,
    ground_of,
    grounds_of,
    holds,
    release_of,
    standings,
)
from library.consent.requests import is_asked, require_asked
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import (
    ConsentAnswer,
    Event,
    LedgerEntry,
    MentoringSession,
    Participant,
    ParticipantRole,
    Person,
    Receipt,
    Release,
    ReleaseDue,
    SpeakerConsent,
    Visibility,
    now,
)
from library.notifications import webhooks
from library.store import Transaction

OPEN = frozenset({Release.RELEASED, Release.REVIEW})
"""Values of `Release` that a session has once all speakers have agreed."""


def refresh(db: Transaction, session: MentoringSession) -> None:
    """Update the consent requests of a session and its release to others."""
    db.flush()
    _settle(db, [session])


def settle_all(db: Transaction, session_ids: Iterable[int]) -> None:
    """Update the consent requests and releases of existing sessions, in batches."""
    ids = list(session_ids)
    db.flush()
    for first in range(0, len(ids), AT_ONCE):
        some = select(MentoringSession).where(MentoringSession.id.in_(ids[first : first + AT_ONCE]))
        _settle(db, db.scalars(some.options(*TOGETHER)).all())


AT_ONCE = 200  # sessions in one batch
TOGETHER = (
    selectinload(MentoringSession.participants),
    selectinload(MentoringSession.sources),
    selectinload(MentoringSession.answers).selectinload(SpeakerConsent.person),
)


def _settle(db: Transaction, sessions: Sequence[MentoringSession]) -> None:
    grounds, gates = grounds_of(db, sessions), review_gate.gates(db, sessions)
    due = _due(db, grounds)
    people = db.scalars(  # loaded in one query, so that lookups of single people below need none
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
    _tell(db, [notice for _, to_tell in followed for notice in to_tell])
    webhooks.announce_all(db, [change for change, _ in followed if change is not None])
    db.flush()


def _due(db: Transaction, session_ids: Iterable[int]) -> dict[int, Release]:
    """Return the releases that sessions in `ReleaseDue` had before a change, by session id.

    The worker has to decide which release these sessions have after the change.
    """
    noted = select(ReleaseDue.session_id, ReleaseDue.was)
    rows = db.execute(noted.where(ReleaseDue.session_id.in_(session_ids)))
    return {row.session_id: row.was for row in rows}


def _ask(db: Transaction, session: MentoringSession, ground: ReleaseInputs) -> None:
    """Add missing consent requests of a session and delete those that no longer apply."""
    known = {answer.person_id: answer for answer in session.answers}
    wide = session.visibility.needs_release and not session.sample
    speaking = concerned(session, ground) if wide else {}
    for person_id in speaking.keys() - known.keys():
        session.answers.append(SpeakerConsent(person_id=person_id))
    for person_id, answer in known.items():
        if answer.state is ConsentAnswer.ASKED and person_id not in speaking:
            session.answers.remove(answer)
        proposals.settle_answer(db, answer)


def _follow(
    db: Transaction, session: MentoringSession, ground: ReleaseInputs, gate: review_gate.Gate
) -> tuple[tuple[Event, int] | None, list[tuple[MentoringSession, int]]]:
    """Set the release of a session. Return an event if it changed, and the people to notify.

    The event is (event, session id), or None. The people are pairs of session and person id.
    """
    gate = review_gate.prepare(db, session, gate)
    was = session.release is Release.RELEASED
    found = standings(db, session, ground)
    session.release = review_gate.gated(release_of(session, found, ground.known.holds), gate)
    session.held = release_holds.is_held(session, ground.known.holds)
    to_tell = [(session, person_id) for person_id in _to_tell(session, found)]
    if was is (session.release is Release.RELEASED):
        return None, to_tell
    return (Event.SESSION_WITHDRAWN if was else Event.SESSION_RELEASED, session.id), to_tell


def _to_tell(session: MentoringSession, found: Sequence[SpeakerStatus]) -> list[int]:
    """Return the ids of participants to notify of a release that did not need their answer."""
    if session.release not in OPEN or session.sample:
        return []
    return [
        standing.person.id
        for standing in found
        if standing.part is not None
        and not standing.needed
        and standing.state is ConsentAnswer.ASKED
    ]


def _tell(db: Transaction, people: Sequence[tuple[MentoringSession, int]]) -> None:
    """Record in the ledger that people are notified of a release.

    *people* has pairs of session and person id. A person is notified once about each audience of a
    session.
    """
    if not people:
        return
    before = ledger.newest(db, "told", [session.id for session, _ in people])
    facts = []
    for session, person_id in people:
        audience, notice = session.visibility.value, before.get((session.id, person_id))
        if notice is None or notice.content["audience"] != audience:
            words, more = statement(session), {"audience": audience}
            facts.append(Fact(session.id, person_id, via="library", words=words, more=more))
    ledger.record_all(db, Viewer(), "told", facts)


def compute(db: Transaction, session: MentoringSession) -> Release:
    """Return the release that follows from the speakers, answers and review of a session."""
    gate = review_gate.gates(db, [session])[session.id]
    return review_gate.gated(_before_review(db, session), gate)


def answers_allow(db: Transaction, session: MentoringSession) -> bool:
    """Return whether all speakers are identified and have agreed to the present visibility."""
    return _before_review(db, session) is Release.RELEASED


def _before_review(db: Transaction, session: MentoringSession) -> Release:
    ground = ground_of(db, session)
    return release_of(session, standings(db, session, ground), ground.known.holds)


def statement(session: MentoringSession) -> str:
    """Return the consent statement that is shown to a speaker."""
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
        "I can withdraw this consent at any time. People who did not take part can then no longer "
        "find the session."
    )


def choose(db: Transaction, viewer: Viewer, session: MentoringSession) -> None:
    """Record the consent that *viewer* gives by choosing the visibility of their session.

    A visibility that needs no consent ends the viewer's consent. Other speakers are asked.
    """
    refresh(db, session)
    me = viewer.person_id
    mine = answer_of(session, me)
    if me is None or (mine is None and session.owner_id != me):
        return
    if session.visibility.needs_release:
        if mine is None or mine.state is not ConsentAnswer.AGREED or not holds(session, mine):
            _answer(db, viewer, session, ConsentAnswer.AGREED)
    elif mine is not None and mine.state is ConsentAnswer.AGREED:
        session.answers.remove(mine)
        ledger.record(db, viewer, "closed", session_id=session.id, person_id=me)
    refresh(db, session)


def respond(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    *,
    agree: bool,
    without: Sequence[str] = (),
    via: str = "account",
) -> None:
    """Save the consent answer of *viewer*.

    If *without* names ranges, the consent counts only after these ranges are redacted.

    Raises:
        NotAllowedError: *viewer* is neither the owner nor a participant.
        ConflictError: the visibility of the session no longer needs consent.
    """
    require_asked(session, viewer)
    state = ConsentAnswer.AGREED if agree else ConsentAnswer.DECLINED
    _answer(
        db, viewer, session, ConsentAnswer.PROPOSED if without else state, via=via, without=without
    )
    refresh(db, session)


def withdraw(
    db: Transaction, viewer: Viewer, session: MentoringSession, *, via: str = "account"
) -> Receipt:
    """Withdraw the consent of *viewer*, hide the session from others and return a receipt.

    Raises:
        NotAllowedError: *viewer* is neither the owner nor a participant.
    """
    if not is_asked(session, viewer):
        raise NotAllowedError(
            "Only the owner and participants of this session can withdraw consent."
        )
    entry = _answer(db, viewer, session, ConsentAnswer.WITHDRAWN, via=via)
    refresh(db, session)
    return write_receipt(db, session, viewer.person_id, entry)


def set_visibility(
    db: Transaction, viewer: Viewer, session: MentoringSession, visibility: Visibility
) -> Receipt | None:
    """Set the visibility of a session. Return a receipt if this ends a release, else None."""
    was_found = session.release is Release.RELEASED
    session.visibility = visibility
    if visibility.needs_release or not was_found:
        choose(db, viewer, session)
        return None
    entry = ledger.record(db, viewer, "closed", session_id=session.id, person_id=viewer.person_id)
    if (
        mine := answer_of(session, viewer.person_id)
    ) is not None and mine.state is ConsentAnswer.AGREED:
        session.answers.remove(mine)
    refresh(db, session)
    return write_receipt(db, session, viewer.person_id, entry)


def waive(db: Transaction, viewer: Viewer, session: MentoringSession, reason: str) -> None:
    """Waive the missing consent answers of a session. Refusals and proposals do not change.

    The ledger stores the *reason*.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the reason is empty.
    """
    require_admin(viewer)
    if not (clean_reason := " ".join(reason.split())):
        raise InvalidInputError(
            "Enter a reason why the session is released without the missing answers."
        )
    refresh(db, session)
    for answer in session.answers:
        if answer.state not in BINDING and not holds(session, answer):
            _put(session, answer, ConsentAnswer.WAIVED)
            ledger.record(
                db,
                viewer,
                ConsentAnswer.WAIVED,
                session_id=session.id,
                person_id=answer.person_id,
                via="administrator",
                reason=clean_reason,
                audience=session.visibility.value,
            )
    refresh(db, session)


def dismiss_name(
    db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int
) -> None:
    """Decide that a name in the transcript needs no consent.

    Raises:
        ConflictError: the person takes part, was not asked, or has answered.
    """
    answer = answer_of(session, person_id)
    listed = {p.person_id for p in session.participants}
    if answer is None or person_id in listed or answer.state is not ConsentAnswer.ASKED:
        raise ConflictError(
            "This person takes part, was not asked for consent, or has answered. Reload the page."
        )
    _put(session, answer, ConsentAnswer.SAME)
    ledger.record(db, viewer, "explained", session_id=session.id, person_id=person_id)
    refresh(db, session)


def include(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """Add a person whom only the transcript names to the participants; ask them for consent.

    Raises:
        ConflictError: the person takes part already, or has no consent request.
    """
    listed = {p.person_id for p in session.participants}
    if person_id in listed or answer_of(session, person_id) is None:
        raise ConflictError(
            "This person takes part already, or is not named in the transcript. Reload the page."
        )
    session.participants.append(
        Participant(person_id=person_id, part=ParticipantRole.PEER, position=len(listed))
    )
    ledger.record(db, viewer, "asked", session_id=session.id, person_id=person_id)
    refresh(db, session)


def ask_again(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """Ask a person for consent again after a refusal or withdrawal.

    Raises:
        ConflictError: the person has neither refused nor withdrawn consent.
    """
    answer = answer_of(session, person_id)
    if answer is None or answer.state not in REFUSALS:
        raise ConflictError(
            "You can ask a person again only after a refusal or withdrawal. Reload the page."
        )
    answer.state, answer.asked_at = ConsentAnswer.ASKED, now()
    ledger.record(db, viewer, "asked", session_id=session.id, person_id=person_id)
    refresh(db, session)


def is_waiting_for(session: MentoringSession, viewer: Viewer) -> bool:
    """Return whether a session waits for an answer of *viewer*."""
    mine = answer_of(session, viewer.person_id)
    return (
        mine is not None
        and session.visibility.needs_release
        and is_asked(session, viewer)
        and mine.state not in BINDING
        and not holds(session, mine)
    )


def has_agreed(session: MentoringSession, viewer: Viewer) -> bool:
    """Return whether *viewer* can withdraw consent to a session.

    True if the viewer gave consent, or if an administrator waived it.
    """
    mine = answer_of(session, viewer.person_id)
    return mine is not None and mine.state in {ConsentAnswer.AGREED, ConsentAnswer.WAIVED}


def _answer(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    state: ConsentAnswer,
    *,
    via: str = "account",
    without: Sequence[str] = (),
) -> LedgerEntry:
    """Save the answer of *viewer* and return its ledger entry."""
    if state is not ConsentAnswer.PROPOSED:
        proposals.end_open(db, viewer, session, viewer.person_id, via=via)
    if (mine := answer_of(session, viewer.person_id)) is None:
        mine = SpeakerConsent(person_id=viewer.person_id)
        session.answers.append(mine)
    _put(session, mine, state)
    return ledger.record(
        db,
        viewer,
        state,
        session_id=session.id,
        person_id=viewer.person_id,
        via=via,
        words=statement(session) + proposals.condition(without)
        if session.visibility.needs_release
        else "",
        audience=session.visibility.value,
    )


def _put(session: MentoringSession, answer: SpeakerConsent, state: ConsentAnswer) -> None:
    answer.state, answer.answered_at = state, now()
    answer.audience, answer.not_before = session.visibility, session.embargo_until
