"""Identities of speakers as stated by the owner: one row for each label of a source."""

from sqlalchemy import select, update

from library.access import Viewer
from library.consent import release_holds
from library.errors import NotFoundError
from library.models import (
    MentoringSession,
    NameOrigin,
    Segment,
    SpeakerIdentity,
    TranscriptVersion,
    UnnamedReason,
    now,
)
from library.sessions import passage_speakers
from library.store import Transaction

Place = tuple[int, str]
"""Key of a speaker: source id and label."""


def require_speaker(db: Transaction, session: MentoringSession, place: Place) -> None:
    """Check that a session has a speaker with this source id and label.

    Raises:
        NotFoundError: No speaker of the session has this label.
    """
    speakers = release_holds.speakers_of(db, session)
    if place not in {(one.source_id, one.label) for one in speakers}:
        raise NotFoundError(
            "This transcript has no speaker “%(speaker)s”. Reload the page.", speaker=place[1]
        )


def keep(
    db: Transaction,
    viewer: Viewer,
    place: Place,
    person_id: int | None,
    *,
    excuse: UnnamedReason | None = None,
) -> None:
    """Insert or update the identity of a speaker, confirmed by *viewer*."""
    row = db.get(SpeakerIdentity, place)
    if row is None:
        row = SpeakerIdentity(source_id=place[0], label=place[1], origin=NameOrigin.EDITOR)
        db.add(row)
    row.person_id, row.excuse = person_id, excuse
    row.confirmed_by, row.confirmed_at = viewer.person_id, now()
    db.flush()


def propagate_person(db: Transaction, place: Place, person_id: int | None) -> None:
    """Set the person of a speaker label in all segments and passages of its source."""
    source_id, label = place
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source_id)
    db.execute(
        update(Segment)
        .where(Segment.version_id.in_(versions), Segment.speaker == label)
        .values(person_id=person_id)
    )
    passage_speakers.follow_segments(db, source_id)
