"""Naming the speakers of a session: what its owner says about them, with the consent ledger.

Each function changes `SpeakerIdentity` rows and lets the release follow. Names in the text of a
transcript change by a new version, which is made by the caller (`search.revising`).
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, and_, func, select, update

from library.access import Viewer, editable_sessions, require_admin
from library.accounts import people
from library.consent import ledger, release, release_holds
from library.consent.speaker_labels import names_a_person
from library.editing.speaker_names import NO_CHOICES, Choices, people_of
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import passage_people
from library.models import (
    Excuse,
    HoldKind,
    MentoringSession,
    NameOrigin,
    Part,
    Participant,
    Release,
    Segment,
    Source,
    SpeakerIdentity,
    TranscriptVersion,
    now,
)
from library.store import Transaction

Place = tuple[int, str]
"""Where a speaker is: source id and label."""

REASONS = {
    Excuse.OWN_VOICE: "It is my own voice",
    Excuse.INTERPRETER: "An interpreter",
    Excuse.PUBLIC_EVENT: "Said at a public event",
    Excuse.PLAYED_RECORDING: "A played recording",
    Excuse.NO_PERSON: "No person",
    Excuse.UNREACHABLE: "Cannot be reached",
}
"""The closed list of reasons why a speaker is not named, as people read them."""
LONGEST_NAME = 200  # characters
LONGEST_REASON = 1000  # characters


def to_name(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `MentoringSession`: its release waits for *viewer* to name speakers.

    These are the sessions of an owner, and all sessions for an administrator.
    """
    return and_(
        editable_sessions(viewer),
        MentoringSession.held,
        MentoringSession.release == Release.WAITING,
    )


def count_to_name(db: Transaction, viewer: Viewer) -> int:
    """Return how many sessions wait for *viewer* to name their speakers."""
    return db.scalar(select(func.count(MentoringSession.id)).where(to_name(viewer))) or 0


def confirm(
    db: Transaction, viewer: Viewer, session: MentoringSession, places: Iterable[Place]
) -> None:
    """Confirm that the people whom the file names at these places spoke, and ask them.

    They become participants of the session, so that they can hear it and answer. A short form of
    one participant's name is taken for that participant.

    Raises:
        ConflictError: a label is not a name that waits for confirmation.
        AmbiguousNameError: several people may be meant by one of them.
    """
    waiting = {
        (hold.source_id, hold.label): hold
        for hold in release_holds.holds_of(db, session)
        if hold.kind in {HoldKind.UNCONFIRMED_NAME, HoldKind.AMBIGUOUS_NAME}
    }
    for place in places:
        if (hold := waiting.get(place)) is None:
            raise ConflictError(f"“{place[1]}” does not wait for confirmation. Reload the page.")
        ambiguous = hold.kind is HoldKind.AMBIGUOUS_NAME
        meant = None if ambiguous else _short_for(db, session, place[1])
        person_id = meant[0] if meant else hold.person_id
        if person_id is None:
            person_id = _person_called(db, viewer, session, place[1], NO_CHOICES)
        _assign(db, viewer, session, place, person_id)
    release.settle(db, session)


def assign(
    db: Transaction, viewer: Viewer, session: MentoringSession, place: Place, person_id: int
) -> None:
    """Record that the speaker at *place* is this person, as *viewer* says, and ask them.

    The label stays as it is; segments and passages name the person.

    Raises:
        NotFoundError: no speaker has this label.
    """
    _assign(db, viewer, session, place, person_id)
    release.settle(db, session)


def name(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: Place,
    new: str,
    *,
    choices: Choices = NO_CHOICES,
) -> str:
    """Record who the speaker at *place* is, and ask them; return the label to rename it to.

    Args:
        db: the transaction.
        viewer: who says so.
        session: of which the speaker is.
        place: where the speaker is now.
        new: the person's name.
        choices: the person of this name, where several have it (name -> person id; None: somebody
            whom the library does not know yet).

    Raises:
        InvalidInputError: the name is empty, or is not a name of a person.
        NotFoundError: no speaker has this label.
        AmbiguousNameError: several people may be meant.
    """
    clean = " ".join(new.split())[:LONGEST_NAME]
    _require_speaker(db, session, place)
    if not (names_a_person(clean) or clean in choices):
        raise InvalidInputError(
            f"“{clean}” is not the name of a person. Write their name, or choose a reason why "
            "nobody has to be named."
        )
    person_id = _person_called(db, viewer, session, clean, choices)
    _keep(db, viewer, (place[0], clean), person_id)
    if clean == place[1]:  # there is no new version that would name the person
        _follow(db, place, person_id)
    _ask(db, viewer, session, person_id, place[0])
    return clean


def excuse(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: Place,
    why: Excuse,
    *,
    reason: str = "",
) -> None:
    """Record why no person has to be named for the speaker at *place*, in the ledger too.

    Raises:
        NotAllowedError: only an administrator may say that someone cannot be reached, and only
            the owner that a voice is their own.
        InvalidInputError: "cannot be reached" needs a reason.
        NotFoundError: no speaker has this label.
    """
    said = " ".join(reason.split())[:LONGEST_REASON]
    if why is Excuse.UNREACHABLE:
        require_admin(viewer)
        if not said:
            raise InvalidInputError("Write down what was tried to reach this person.")
    if why is Excuse.OWN_VOICE and viewer.person_id != session.owner_id:
        raise NotAllowedError("Only the owner of a session can say that a voice is their own.")
    _require_speaker(db, session, place)
    person_id = viewer.person_id if why is Excuse.OWN_VOICE else None
    _keep(db, viewer, place, person_id, excuse=why)
    _follow(db, place, person_id)
    words = f"{place[1]}: {REASONS[why]}" if place[1].strip() else REASONS[why]
    ledger.record(
        db,
        viewer,
        "excused",
        session_id=session.id,
        person_id=person_id,
        via="account" if viewer.person_id == session.owner_id else "administrator",
        reason=f"{words}. {said}" if said else words,
        excuse=why.value,
        source=place[0],
    )
    release.settle(db, session)


def reopen(db: Transaction, viewer: Viewer, session: MentoringSession, place: Place) -> None:
    """Take back a reason for not naming the speaker at *place*.

    Raises:
        NotFoundError: no reason was given for this speaker.
    """
    _require_speaker(db, session, place)
    row = db.get(SpeakerIdentity, place)
    if row is None or row.excuse is None:
        raise NotFoundError("No reason was given for this speaker.")
    db.delete(row)
    _follow(db, place, None)
    ledger.record(
        db, viewer, "excuse-ended", session_id=session.id, person_id=None, source=place[0]
    )
    release.settle(db, session)


def first_segments(db: Transaction, session: MentoringSession) -> Mapping[Place, Segment]:
    """Return the first segment of each speaker in the current transcripts of a session."""
    first = (
        select(TranscriptVersion.source_id, func.min(Segment.id).label("id"))
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(Source.session_id == session.id, TranscriptVersion.current, Segment.suspect == "")
        .group_by(TranscriptVersion.source_id, Segment.speaker)
        .subquery()
    )
    rows = db.execute(select(first.c.source_id, Segment).join(first, first.c.id == Segment.id))
    return {(row[0], row[1].speaker): row[1] for row in rows}


def short_for(db: Transaction, session: MentoringSession, label: str) -> str:
    """Return the name of the one participant, or the owner, that a label is a short form of."""
    meant = _short_for(db, session, label)
    return meant[1] if meant else ""


def _person_called(
    db: Transaction, viewer: Viewer, session: MentoringSession, called: str, choices: Choices
) -> int:
    found = people_of(db, session, [called], choices=choices, asker=viewer)[called]
    if found is None:
        raise ConflictError(f"Several people are called “{called}”. Choose who spoke.")
    return found


def _assign(
    db: Transaction, viewer: Viewer, session: MentoringSession, place: Place, person_id: int
) -> None:
    _require_speaker(db, session, place)
    _keep(db, viewer, place, person_id)
    _follow(db, place, person_id)
    _ask(db, viewer, session, person_id, place[0])


def _require_speaker(db: Transaction, session: MentoringSession, place: Place) -> None:
    speakers = release_holds.speakers_of(db, session)
    if place not in {(one.source_id, one.label) for one in speakers}:
        raise NotFoundError(f"Nobody is called “{place[1]}” in this transcript. Reload the page.")


def _keep(
    db: Transaction,
    viewer: Viewer,
    place: Place,
    person_id: int | None,
    *,
    excuse: Excuse | None = None,
) -> None:
    """Write what *viewer* says about a speaker into its row, made where there is none."""
    row = db.get(SpeakerIdentity, place)
    if row is None:
        row = SpeakerIdentity(source_id=place[0], label=place[1], origin=NameOrigin.EDITOR)
        db.add(row)
    row.person_id, row.excuse = person_id, excuse
    row.confirmed_by, row.confirmed_at = viewer.person_id, now()
    db.flush()


def _follow(db: Transaction, place: Place, person_id: int | None) -> None:
    """Let segments and passages of a source name the person behind a label."""
    source_id, label = place
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source_id)
    db.execute(
        update(Segment)
        .where(Segment.version_id.in_(versions), Segment.speaker == label)
        .values(person_id=person_id)
    )
    passage_people.follow_segments(db, source_id)


def _ask(
    db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int, source_id: int
) -> None:
    """Make a person a participant, so that they are asked; note in the ledger who named them."""
    listed = {p.person_id for p in session.participants}
    if person_id not in {*listed, session.owner_id}:
        session.participants.append(
            Participant(person_id=person_id, part=Part.PEER, position=len(listed))
        )
    ledger.record(db, viewer, "named", session_id=session.id, person_id=person_id, source=source_id)


def _short_for(db: Transaction, session: MentoringSession, label: str) -> tuple[int, str] | None:
    ids = {*(p.person_id for p in session.participants), session.owner_id}
    words = set(label.casefold().split())
    found = [
        (person_id, called)
        for person_id, called in people.names(db, ids).items()
        if words <= set(called.casefold().split())
    ]
    return found[0] if len(found) == 1 else None
