"""Preview of a merge of two people."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from library.access import Viewer
from library.curation import person_merge, person_merge_consent
from library.models import Base, MentoringSession
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Numbers of sessions, segments, saved searches, collections and tokens of a person."""

    sessions: int  # sessions that the person owns
    parts: int  # sessions in which the person takes part
    segments: int
    searches: int
    collections: int
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Effects of a merge: moved items, and sessions that need a new consent answer."""

    moved: Counted
    asked_again: Sequence[str]  # titles of sessions that need a new consent answer


def counted(db: Transaction, person_id: int) -> Counted:
    """Count the sessions, segments, saved searches, collections and tokens of a person."""

    def count(table: str, column: str) -> int:
        found = Base.metadata.tables[table]
        return db.scalar(select(func.count()).where(found.c[column] == person_id)) or 0

    return Counted(
        sessions=count("mentoring_session", "owner_id"),
        parts=count("participant", "person_id"),
        segments=count("segment", "person_id"),
        searches=count("saved_search", "person_id"),
        collections=count("collection_member", "person_id"),
        tokens=count("api_token", "person_id"),
    )


def outlook(db: Transaction, viewer: Viewer, kept_id: int, gone_id: int) -> Outlook:
    """Return the effects that a merge of two people would have.

    Raises:
        NotAllowedError, NotFoundError, ConflictError: for the same reasons as `person_merge.merge`.
    """
    kept, gone = person_merge.both(db, viewer, kept_id, gone_id)
    again = person_merge_consent.asked_again(db, kept.id, gone.id)
    titles = select(MentoringSession.title).where(MentoringSession.id.in_(again))
    return Outlook(
        moved=counted(db, gone.id),
        asked_again=list(db.scalars(titles.order_by(MentoringSession.id))),
    )
