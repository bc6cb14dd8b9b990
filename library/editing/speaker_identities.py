"""Who the speaker behind a label is, as its owner says: one row for each label of a source."""

from sqlalchemy import select, update

from library.access import Viewer
from library.consent import release_holds
from library.errors import NotFoundError
from library.holdings import passage_people
from library.models import (
    Excuse,
    MentoringSession,
    NameOrigin,
    Segment,
    SpeakerIdentity,
    TranscriptVersion,
    now,
)
from library.store import Transaction

Place = tuple[int, str]
"""Where a speaker is: source id and label."""


def require_speaker(db: Transaction, session: MentoringSession, place: Place) -> None:
    """Make sure that a session has a speaker at *place*.

    Raises:
        NotFoundError: no speaker has this label.
    """
    speakers = release_holds.speakers_of(db, session)
    if place not in {(one.source_id, one.label) for one in speakers}:
        raise NotFoundError(f"Nobody is called “{place[1]}” in this transcript. Reload the page.")


def keep(
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


def follow(db: Transaction, place: Place, person_id: int | None) -> None:
    """Let segments and passages of a source name the person behind a label."""
    source_id, label = place
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source_id)
    db.execute(
        update(Segment)
        .where(Segment.version_id.in_(versions), Segment.speaker == label)
        .values(person_id=person_id)
    )
    passage_people.follow_segments(db, source_id)
