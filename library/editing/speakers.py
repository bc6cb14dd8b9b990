"""Who the speakers of a source are: recorded with each transcript, confirmed by a person.

A name that a person types counts as confirmed by that person. A name read from a file is a
proposal until the owner confirms it. `library.consent.release_holds` reads what is written here.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from library.access import Viewer, require_admin
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
    Person,
    Segment,
    Source,
    SpeakerIdentity,
    TranscriptVersion,
    VoiceProposal,
    now,
)
from library.store import Transaction

REASONS = {
    Excuse.OWN_VOICE: "It is my own voice",
    Excuse.INTERPRETER: "An interpreter",
    Excuse.PUBLIC_EVENT: "Said at a public event",
    Excuse.PLAYED_RECORDING: "A played recording",
    Excuse.NO_PERSON: "No person",
    Excuse.UNREACHABLE: "Cannot be reached",
}
"""The closed list of reasons why a speaker is not named, as people read them."""
LONGEST_REASON = 1000  # characters


def identify(
    db: Transaction,
    source: Source,
    labels: Iterable[str],
    *,
    by: int | None,
    choices: Choices = NO_CHOICES,
    asker: Viewer | None = None,
) -> dict[str, int]:
    """Record who the speakers of a coming transcript are; return the person of each label.

    Labels that are known already keep their person. Placeholders such as "Speaker 2" get no row.

    Args:
        db: the transaction that saves the transcript.
        source: whose transcript it is.
        labels: all its speaker labels.
        by: the person who typed the names; None: they were read from a file.
        choices: who was chosen for names that several people have; they go before what is known.
        asker: who can be asked about a name that is new; None: no person is there.

    Raises:
        AmbiguousNameError: *asker* has to choose.
        InvalidInputError: a choice is not a person whom *asker* knows by that name.
    """
    known = {one.label: one for one in _rows(db, source.id)}
    proposed = set(
        db.scalars(select(VoiceProposal.person_id).where(VoiceProposal.source_id == source.id))
    )
    listed = _listed_names(db, source.session)
    new = {
        label
        for label in set(labels)
        if (label in choices or label not in known)
        and (names_a_person(label) or label.casefold() in listed)
    }
    meant = people_of(db, source.session, new, choices=choices, asker=asker)
    for label, person_id in meant.items():
        origin = NameOrigin.FILE
        if by is not None:
            heard = person_id in proposed
            origin = NameOrigin.RECOGNITION if heard else NameOrigin.EDITOR
        known[label] = db.merge(
            SpeakerIdentity(
                source_id=source.id,
                label=label,
                person_id=person_id,
                origin=origin,
                excuse=None,
                confirmed_by=by,
                confirmed_at=now() if by is not None and person_id is not None else None,
            )
        )
    db.flush()
    return {label: one.person_id for label, one in known.items() if one.person_id is not None}


def forget_placeholders(db: Transaction, source_id: int) -> None:
    """Forget what was said about numbered voices: a new transcript numbers them differently."""
    for row in _rows(db, source_id):
        if not names_a_person(row.label):
            db.delete(row)
    db.flush()


def confirm(
    db: Transaction, viewer: Viewer, session: MentoringSession, speakers: Iterable[tuple[int, str]]
) -> None:
    """Confirm that the people named by these labels (source id, label) spoke; ask them.

    They become participants of the session, so that they can hear it and answer. A short form of
    one participant's name is taken for that participant.

    Raises:
        ConflictError: a label is not a name that waits for confirmation.
        AmbiguousNameError: several people may be meant by one of them.
    """
    holds = {
        (hold.source_id, hold.label): hold
        for hold in release_holds.holds_of(db, session)
        if hold.kind is HoldKind.UNCONFIRMED_NAME
    }
    for place in speakers:
        if (hold := holds.get(place)) is None:
            raise ConflictError(f"“{place[1]}” does not wait for confirmation. Reload the page.")
        person_id = _meant(db, session, place[1]) or hold.person_id
        if person_id is None:
            meant = people_of(db, session, [place[1]], choices=NO_CHOICES, asker=viewer)
            person_id = meant[place[1]]
        if person_id is None:
            raise ConflictError(f"Several people are called “{place[1]}”. Choose who spoke.")
        assign(db, viewer, session, place, person_id)
    release.settle(db, session)


def assign(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: tuple[int, str],
    person_id: int,
) -> None:
    """Record that a speaker (source id, label) is this person, as *viewer* says; ask them.

    The label stays as it is; segments and passages name the person. `release.settle` is the
    caller's.
    """
    row = _row(db, session, place)
    row.person_id, row.excuse = person_id, None
    row.confirmed_by, row.confirmed_at = viewer.person_id, now()
    _follow(db, *place, person_id)
    _list(db, session, person_id)
    ledger.record(db, viewer, "named", session_id=session.id, person_id=person_id, source=place[0])


def excuse(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: tuple[int, str],
    why: Excuse,
    *,
    reason: str = "",
) -> None:
    """Record why no person has to be named for a speaker (source id, label), in the ledger too.

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
    row = _row(db, session, place)
    row.person_id = viewer.person_id if why is Excuse.OWN_VOICE else None
    row.excuse, row.origin = why, NameOrigin.EDITOR
    row.confirmed_by, row.confirmed_at = viewer.person_id, now()
    _follow(db, *place, row.person_id)
    words = f"{place[1]}: {REASONS[why]}" if place[1].strip() else REASONS[why]
    ledger.record(
        db,
        viewer,
        "excused",
        session_id=session.id,
        person_id=row.person_id,
        via="administrator" if viewer.person_id != session.owner_id else "account",
        reason=f"{words}. {said}" if said else words,
        excuse=why.value,
        source=place[0],
    )
    release.settle(db, session)


def reopen(
    db: Transaction, viewer: Viewer, session: MentoringSession, place: tuple[int, str]
) -> None:
    """Take back a reason for not naming a speaker.

    Raises:
        NotFoundError: no reason was given for this label.
    """
    row = db.get(SpeakerIdentity, place)
    if row is None or row.excuse is None:
        raise NotFoundError("No reason was given for this speaker.")
    db.delete(row)
    _follow(db, *place, None)
    ledger.record(
        db, viewer, "excuse-ended", session_id=session.id, person_id=None, source=place[0]
    )
    release.settle(db, session)


def forget_gone(db: Transaction, source_id: int) -> None:
    """Forget speakers whose label stands in no version of a transcript any more."""
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source_id)
    there = set(
        db.scalars(select(Segment.speaker).where(Segment.version_id.in_(versions)).distinct())
    )
    for row in _rows(db, source_id):
        if row.label not in there:
            db.delete(row)
    db.flush()


def rename_label(db: Transaction, source_ids: Sequence[int], old: str, new: str) -> None:
    """Call a speaker differently in all versions of these sources: the person lost their name."""
    for source_id in source_ids:
        row = db.get(SpeakerIdentity, (source_id, old))
        if row is not None and db.get(SpeakerIdentity, (source_id, new)) is None:
            row.label = new
    db.flush()


def _rows(db: Transaction, source_id: int) -> Sequence[SpeakerIdentity]:
    return db.scalars(select(SpeakerIdentity).where(SpeakerIdentity.source_id == source_id)).all()


def _row(db: Transaction, session: MentoringSession, place: tuple[int, str]) -> SpeakerIdentity:
    """The identity of a speaker of this session, made where it has none yet."""
    speakers = release_holds.speakers_of(db, session)
    if place not in {(one.source_id, one.label) for one in speakers}:
        raise NotFoundError(f"Nobody is called “{place[1]}” in this transcript.")
    row = db.get(SpeakerIdentity, place)
    if row is None:
        row = SpeakerIdentity(source_id=place[0], label=place[1], origin=NameOrigin.EDITOR)
        db.add(row)
    return row


def _follow(db: Transaction, source_id: int, label: str, person_id: int | None) -> None:
    """Let segments and passages of a source name the person behind a label."""
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source_id)
    db.flush()
    db.execute(
        update(Segment)
        .where(Segment.version_id.in_(versions), Segment.speaker == label)
        .values(person_id=person_id)
    )
    passage_people.follow_segments(db, source_id)


def _list(db: Transaction, session: MentoringSession, person_id: int) -> None:
    """Make a person a participant, so that they are asked."""
    listed = {p.person_id for p in session.participants}
    if person_id not in {*listed, session.owner_id}:
        session.participants.append(
            Participant(person_id=person_id, part=Part.PEER, position=len(listed))
        )
        db.flush()


def _listed_names(db: Transaction, session: MentoringSession) -> frozenset[str]:
    ids = {*(p.person_id for p in session.participants), session.owner_id} - {None}
    return frozenset(
        name.casefold() for name in db.scalars(select(Person.name).where(Person.id.in_(ids)))
    )


def _meant(db: Transaction, session: MentoringSession, label: str) -> int | None:
    """The one participant, or the owner, whose name has all words of a label; None: not one."""
    ids = {*(p.person_id for p in session.participants), session.owner_id} - {None}
    words = set(label.casefold().split())
    found = [
        person_id
        for person_id, name in people.names(db, ids).items()
        if words <= set(name.casefold().split())
    ]
    return found[0] if len(found) == 1 else None
