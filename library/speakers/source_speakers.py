"""Identities of the speakers of a source, recorded with each transcript version.

A name typed by a person counts as confirmed by that person. A name read from a file is a proposal
until the owner confirms it. `library.consent.release_holds` reads these rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from library.access import Viewer
from library.accounts import people
from library.consent import ledger
from library.consent.speaker_labels import names_a_person
from library.models import (
    MentoringSession,
    NameOrigin,
    Person,
    Segment,
    Source,
    SourceKind,
    SpeakerIdentity,
    SpeakerProposal,
    TranscriptVersion,
    UnnamedReason,
    now,
)
from library.sessions.segments import SegmentDraft
from library.speakers.label_people import NO_CHOICES, Choices, people_of
from library.store import Transaction


def identify(
    db: Transaction,
    source: Source,
    labels: Iterable[str],
    *,
    by: int | None,
    choices: Choices = NO_CHOICES,
    asker: Viewer | None = None,
) -> dict[str, int]:
    """Record the speakers of a new transcript version; return the person id of each label.

    Known labels keep their person. Placeholders such as "Speaker 2" get no row.

    Args:
        db: Transaction that saves the transcript.
        source: Source of the transcript.
        labels: All speaker labels of the transcript.
        by: Id of the person who typed the names; None: the names were read from a file.
        choices: Chosen people for ambiguous names. They have priority over known labels.
        asker: Viewer who can choose for new names; None if no person can be asked.

    Raises:
        AmbiguousNameError: *asker* must choose a person for a name.
        InvalidInputError: A choice is not a person of that name known to *asker*.
    """
    known = {one.label: one for one in _rows(db, source.id)}
    proposed = set(
        db.scalars(select(SpeakerProposal.person_id).where(SpeakerProposal.source_id == source.id))
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
            recognised = person_id in proposed
            origin = NameOrigin.RECOGNITION if recognised else NameOrigin.EDITOR
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


def claim_alone(
    db: Transaction, source: Source, segments: Sequence[SegmentDraft]
) -> list[SegmentDraft]:
    """Return the segments with the owner as speaker, if the owner stated to be the only speaker.

    The segments stay unchanged if they have several speakers or the name of a person.
    """
    labels = {one.speaker for one in segments if not one.suspect}
    owner = source.session.owner
    spoken = source.alone and source.kind is not SourceKind.NOTE
    if not spoken or owner is None or len(labels) != 1 or names_a_person(min(labels)):
        return list(segments)
    db.merge(
        SpeakerIdentity(
            source_id=source.id,
            label=owner.name,
            person_id=owner.id,
            origin=NameOrigin.EDITOR,
            confirmed_by=owner.id,
            confirmed_at=now(),
        )
    )
    ledger.record(
        db,
        people.viewer_of(owner),
        "excused",
        session_id=source.session_id,
        person_id=owner.id,
        excuse=UnnamedReason.OWN_VOICE.value,
        source=source.id,
    )
    return [replace(one, speaker=owner.name) for one in segments]


def forget_placeholders(db: Transaction, source_id: int) -> None:
    """Delete identities of placeholders: a new transcript numbers its speakers differently."""
    for row in _rows(db, source_id):
        if not names_a_person(row.label):
            db.delete(row)
    db.flush()


def forget_gone(db: Transaction, source_id: int) -> None:
    """Delete identities of labels that are in no transcript version of a source."""
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source_id)
    present = set(
        db.scalars(select(Segment.speaker).where(Segment.version_id.in_(versions)).distinct())
    )
    for row in _rows(db, source_id):
        if row.label not in present:
            db.delete(row)
    db.flush()


def rename_label(db: Transaction, source_ids: Sequence[int], old: str, new: str) -> None:
    """Replace the label *old* by *new* in the identities of these sources.

    Call this after the label was replaced in transcripts. Sources that have *new* already stay
    unchanged.
    """
    both = SpeakerIdentity.source_id.in_(source_ids) & SpeakerIdentity.label.in_([old, new])
    rows = db.scalars(select(SpeakerIdentity).where(both)).all()
    taken = {row.source_id for row in rows if row.label == new}
    for row in rows:
        if row.source_id not in taken:
            row.label = new
    db.flush()


def _rows(db: Transaction, source_id: int) -> Sequence[SpeakerIdentity]:
    return db.scalars(select(SpeakerIdentity).where(SpeakerIdentity.source_id == source_id)).all()


def _listed_names(db: Transaction, session: MentoringSession) -> frozenset[str]:
    ids = {*(p.person_id for p in session.participants), session.owner_id} - {None}
    return frozenset(
        name.casefold() for name in db.scalars(select(Person.name).where(Person.id.in_(ids)))
    )
