"""Naming the speakers of a session: what its owner says about them, with the consent ledger.

Each function changes `SpeakerIdentity` rows and lets the release follow. Names in the text of a
transcript change by a new version, which is made by the caller (`search.revising`).
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, and_, func, select

from library.access import Viewer, editable_sessions
from library.accounts import people
from library.consent import ledger, release, release_holds
from library.consent.speaker_labels import names_a_person
from library.editing import speaker_identities
from library.editing.speaker_identities import Place
from library.editing.speaker_names import NO_CHOICES, Choices, people_of
from library.errors import ConflictError, InvalidInputError
from library.models import (
    HoldKind,
    MentoringSession,
    Part,
    Participant,
    Release,
    Segment,
    Source,
    TranscriptVersion,
)
from library.store import Transaction

LONGEST_NAME = 200  # characters


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
    speaker_identities.require_speaker(db, session, place)
    if not (names_a_person(clean) or clean in choices):
        raise InvalidInputError(
            f"“{clean}” is not the name of a person. Write their name, or choose a reason why "
            "nobody has to be named."
        )
    person_id = _person_called(db, viewer, session, clean, choices)
    speaker_identities.keep(db, viewer, (place[0], clean), person_id)
    if clean == place[1]:  # there is no new version that would name the person
        speaker_identities.follow(db, place, person_id)
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
    speaker_identities.require_speaker(db, session, place)
    speaker_identities.keep(db, viewer, place, person_id)
    speaker_identities.follow(db, place, person_id)
    _ask(db, viewer, session, person_id, place[0])


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
