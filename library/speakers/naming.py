"""Naming of the speakers of a session by its owner, recorded in the consent ledger.

Each function changes `SpeakerIdentity` rows and recomputes the release. Labels in a transcript
change only with a new version, which the caller saves (`search.indexing.save_version`).
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, and_, func, select

from library.access import Viewer, editable_sessions
from library.accounts import people
from library.consent import ledger, release, release_holds
from library.consent.speaker_labels import names_a_person
from library.errors import ConflictError, InvalidInputError
from library.models import (
    HoldKind,
    MentoringSession,
    Participant,
    ParticipantRole,
    Release,
    Segment,
    Source,
    TranscriptVersion,
)
from library.speakers import identities
from library.speakers.identities import Place
from library.speakers.label_people import NO_CHOICES, Choices, people_of
from library.store import Transaction

LONGEST_NAME = 200  # characters


def to_name(viewer: Viewer) -> ColumnElement[bool]:
    """Return the SQL condition that a session waits for *viewer* to name its speakers.

    Owners name the speakers in their own sessions, administrators in all sessions.
    """
    return and_(
        editable_sessions(viewer),
        MentoringSession.held,
        MentoringSession.release == Release.WAITING,
    )


def count_to_name(db: Transaction, viewer: Viewer) -> int:
    """Count the sessions that wait for *viewer* to name their speakers."""
    return db.scalar(select(func.count(MentoringSession.id)).where(to_name(viewer))) or 0


def confirm(
    db: Transaction, viewer: Viewer, session: MentoringSession, places: Iterable[Place]
) -> None:
    """Confirm the names that a file gives to the speakers *places*, and ask them for consent.

    The people become participants, so that they can hear the session and answer. A short
    form of one participant's name means that participant.

    Raises:
        ConflictError: A label does not wait for confirmation.
        AmbiguousNameError: A name is ambiguous.
    """
    waiting = {
        (hold.source_id, hold.label): hold
        for hold in release_holds.holds_of(db, session)
        if hold.kind in {HoldKind.UNCONFIRMED_NAME, HoldKind.AMBIGUOUS_NAME}
    }
    for place in places:
        if (hold := waiting.get(place)) is None:
            raise ConflictError(
                "The name “%(speaker)s” does not need to be confirmed. Reload the page.",
                speaker=place[1],
            )
        ambiguous = hold.kind is HoldKind.AMBIGUOUS_NAME
        meant = None if ambiguous else _short_for(db, session, place[1])
        person_id = meant[0] if meant else hold.person_id
        if person_id is None:
            person_id = _person_called(db, viewer, session, place[1], NO_CHOICES)
        _assign(db, viewer, session, place, person_id)
    release.refresh(db, session)


def name(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: Place,
    new: str,
    *,
    choices: Choices = NO_CHOICES,
) -> str:
    """Record the name of a speaker, and ask the speaker for consent. Return the new label.

    Args:
        db: Transaction.
        viewer: Person who names the speaker.
        session: Session of the speaker.
        place: Source id and present label of the speaker.
        new: Name of the person.
        choices: Chosen person if the name is ambiguous (name -> person id; None: a new person).

    Raises:
        InvalidInputError: The name is empty, or is not the name of a person.
        NotFoundError: No speaker of the session has this label.
        AmbiguousNameError: The name is ambiguous.
    """
    clean = " ".join(new.split())[:LONGEST_NAME]
    identities.require_speaker(db, session, place)
    if not (names_a_person(clean) or clean in choices):
        raise InvalidInputError(
            "“%(name)s” is not the name of a person. Enter their name, or choose a reason why "
            "no name is needed.",
            name=clean,
        )
    person_id = _person_called(db, viewer, session, clean, choices)
    identities.keep(db, viewer, (place[0], clean), person_id)
    if clean == place[1]:  # no new version follows that would set the person
        identities.propagate_person(db, place, person_id)
    _ask(db, viewer, session, person_id, place[0])
    return clean


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
    """Return the full name of the participant or owner for which a label is a short form.

    The result is "" if none or several match.
    """
    meant = _short_for(db, session, label)
    return meant[1] if meant else ""


def _person_called(
    db: Transaction, viewer: Viewer, session: MentoringSession, called: str, choices: Choices
) -> int:
    found = people_of(db, session, [called], choices=choices, asker=viewer)[called]
    if found is None:
        raise ConflictError("Several people are called “%(name)s”. Choose who spoke.", name=called)
    return found


def _assign(
    db: Transaction, viewer: Viewer, session: MentoringSession, place: Place, person_id: int
) -> None:
    identities.require_speaker(db, session, place)
    identities.keep(db, viewer, place, person_id)
    identities.propagate_person(db, place, person_id)
    _ask(db, viewer, session, person_id, place[0])


def _ask(
    db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int, source_id: int
) -> None:
    """Make a person a participant, so that the person is asked for consent.

    Record in the consent ledger that *viewer* named the person.
    """
    listed = {p.person_id for p in session.participants}
    if person_id not in {*listed, session.owner_id}:
        session.participants.append(
            Participant(person_id=person_id, part=ParticipantRole.PEER, position=len(listed))
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
