"""Access rules of the library: all checks of who may see or change a session.

Every list, page, search, count, suggestion, export, media byte and API answer goes through
`visible_sessions`. Every change goes through `may_edit` or `may_curate`.
"""

from collections import abc
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache

from sqlalchemy import JSON, ColumnElement, Select, and_, false, literal, or_, select, true

from library import audit
from library.errors import NotAllowedError, NotFoundError
from library.models import (
    Collection,
    CollectionEntry,
    CollectionMember,
    CollectionRole,
    MentoringSession,
    Participant,
    Release,
    Review,
    Role,
    ServiceSetting,
    Visibility,
)
from library.store import Transaction

VIEWERS = 1000  # number of viewers whose SQL condition is cached
AT_ONCE = 500  # sessions in one SQL statement

GUESTS_READ = "guests_read"
"""Service setting that allows guests to see public sessions. It is on by default."""


@dataclass(frozen=True)
class Viewer:
    """Person for whom access is checked; a guest if `person_id` is None."""

    person_id: int | None = None
    role: Role | None = None
    address: str = field(default="", compare=False)  # network address, for the audit log

    @property
    def is_admin(self) -> bool:
        """True if the viewer is an administrator."""
        return self.role is Role.ADMIN

    @property
    def is_member(self) -> bool:
        """True if the viewer is signed in."""
        return self.person_id is not None

    def may_add_sessions(self, *, members_may_upload: bool = False) -> bool:
        """Return whether the viewer may add sessions of their own.

        Mentees may do this only if *members_may_upload* is True.
        """
        return self.role in {Role.ADMIN, Role.MENTOR} or (self.is_member and members_may_upload)


GUEST = Viewer()


def visible_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition on `MentoringSession`: *viewer* may see the session.

    Administrators see all sessions. Owners see their sessions. Participants see a session unless it
    is private. Other viewers see a session if it is released, its embargo is over, and its
    visibility includes them. A visibility includes the members of the session's collections, all
    members, or all members and guests. Guests see public sessions only if the library lets guests
    read. Of these other viewers, only reviewers see a session that still waits for a required
    review.
    """
    return _visible_on(viewer, today())


@lru_cache(maxsize=VIEWERS)
def _visible_on(viewer: Viewer, _day: date) -> ColumnElement[bool]:
    """Return the condition of `visible_sessions`, cached for each viewer and day.

    The cache is needed because building the condition takes longer than running the query.
    """
    return and_(_is_here(), _open_to(viewer))


def _is_here() -> ColumnElement[bool]:
    return and_(MentoringSession.deleted_at.is_(None), MentoringSession.trashed_at.is_(None))


def _open_to(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.is_admin:
        return true()
    if not viewer.is_member:
        return and_(
            MentoringSession.visibility == Visibility.PUBLIC, _can_be_found(), _guests_read()
        )
    return or_(
        MentoringSession.owner_id == viewer.person_id,
        and_(MentoringSession.visibility != Visibility.PRIVATE, _takes_part(viewer)),
        and_(_can_be_found(), _reaches(viewer)),
        and_(_waits_for_review(), _reviews(viewer), _reaches(viewer)),
    )


def _takes_part(viewer: Viewer) -> ColumnElement[bool]:
    return (
        select(Participant.session_id)
        .where(
            Participant.session_id == MentoringSession.id,
            Participant.person_id == viewer.person_id,
        )
        .correlate(MentoringSession)  # the outer query may join participants, too
        .exists()
    )


def _can_be_found() -> ColumnElement[bool]:
    """Return an SQL condition: the session is released and its embargo is over."""
    return and_(MentoringSession.release == Release.RELEASED, _embargo_is_over())


def _waits_for_review() -> ColumnElement[bool]:
    """Return an SQL condition: the session waits for a review and its embargo is over."""
    return and_(MentoringSession.release == Release.REVIEW, _embargo_is_over())


def _embargo_is_over() -> ColumnElement[bool]:
    embargo = MentoringSession.embargo_until
    return or_(embargo.is_(None), embargo <= today())


def _reviews(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: *viewer* reviews the session.

    The viewer is the assigned reviewer, or curates a collection of the session.
    """
    assigned = select(Review.session_id).where(Review.reviewer_id == viewer.person_id)
    return or_(MentoringSession.id.in_(assigned), MentoringSession.id.in_(curated_sessions(viewer)))


def _reaches(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: the visibility of a session includes this member."""
    shared = select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(collections_of(viewer, CollectionRole.VIEWER))
    )
    return or_(
        MentoringSession.visibility.in_([Visibility.MEMBERS, Visibility.PUBLIC]),
        and_(MentoringSession.visibility == Visibility.COLLECTION, MentoringSession.id.in_(shared)),
    )


def collections_of(viewer: Viewer, at_least: CollectionRole) -> Select[int]:
    """Return a query for ids of collections in which *viewer* has *at_least* or a higher role.

    A member's role in a collection is also valid in all collections inside it.
    """
    roles = [role for role in CollectionRole if role.rank >= at_least.rank]
    own = select(CollectionMember.collection_id.label("id")).where(
        CollectionMember.person_id == viewer.person_id, CollectionMember.role.in_(roles)
    )
    tree = own.cte(recursive=True)
    below = select(Collection.id).join(tree, Collection.parent_id == tree.c.id)
    return select(tree.union(below).c.id)


def curated_sessions(viewer: Viewer) -> Select[int]:
    """Return a query for the ids of all sessions in the collections that *viewer* curates."""
    return select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(collections_of(viewer, CollectionRole.CURATOR))
    )


def _guests_read() -> ColumnElement[bool]:
    switched_off = select(ServiceSetting.name).where(
        ServiceSetting.name == GUESTS_READ, ServiceSetting.value == literal(value=False, type_=JSON)
    )
    return ~switched_off.exists()


def today() -> date:
    """Return the present day in UTC. An embargo ends at the start of its date."""
    return datetime.now(UTC).date()


def removed_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: *viewer* could see the session before its removal.

    The session is now in the trash or removed permanently.
    """
    return and_(~_is_here(), _open_to(viewer))


def once_open_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: *viewer* takes part in the session or may read it.

    Sessions in the trash and removed sessions are included.
    """
    return or_(_open_to(viewer), _takes_part(viewer))


def trashed_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: the session is in the trash, and *viewer* may restore it."""
    trashed = and_(MentoringSession.deleted_at.is_(None), MentoringSession.trashed_at.is_not(None))
    return and_(trashed, _own(viewer))


def _own(viewer: Viewer) -> ColumnElement[bool]:
    if not viewer.is_member:
        return false()
    return true() if viewer.is_admin else MentoringSession.owner_id == viewer.person_id


def editable_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: *viewer* may change or remove the session."""
    return and_(_is_here(), _own(viewer))


def session_for(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """Return the session. Write an audit event if *viewer* sees it only as an administrator.

    Raises:
        NotFoundError: the session does not exist, or *viewer* may not see it.
    """
    return sessions_for(db, viewer, [session_id])[0]


def sessions_for(
    db: Transaction, viewer: Viewer, session_ids: abc.Sequence[int]
) -> list[MentoringSession]:
    """Return the sessions with these ids.

    Write an audit event for each session that *viewer* sees only as an administrator.

    Raises:
        NotFoundError: a session does not exist, or *viewer* may not see it.
    """
    found: list[MentoringSession] = []
    for first in range(0, len(session_ids), AT_ONCE):
        some = session_ids[first : first + AT_ONCE]
        query = select(MentoringSession).where(
            MentoringSession.id.in_(some), visible_sessions(viewer)
        )
        here = db.scalars(query).all()
        if len(here) < len(set(some)):
            raise NotFoundError("This session was not found, or you may not see it.")
        others = [session.id for session in here if session.owner_id != viewer.person_id]
        _note(db, viewer, others, audit.ADMIN_READ)
        found.extend(here)
    return found


def is_visible(db: Transaction, viewer: Viewer, session_id: int) -> bool:
    """Return whether *viewer* may see the session with this id."""
    query = select(MentoringSession.id).where(
        MentoringSession.id == session_id, visible_sessions(viewer)
    )
    return db.scalar(query) is not None


def note_reading(db: Transaction, viewer: Viewer, session: MentoringSession) -> None:
    """Write an audit event if *viewer* reads a session and sees it only as an administrator.

    The owner can see the event. Repeated reads within an hour are one event.
    """
    if session.owner_id != viewer.person_id:
        _note(db, viewer, [session.id], audit.ADMIN_READ)


def note_found(db: Transaction, viewer: Viewer, session_ids: abc.Collection[int]) -> None:
    """Write an audit event for each search result that *viewer* sees only as an administrator.

    *session_ids* are the ids of the sessions that the search found.
    """
    _note(db, viewer, session_ids, audit.ADMIN_FOUND)


def _note(db: Transaction, viewer: Viewer, session_ids: abc.Collection[int], action: str) -> None:
    if not viewer.is_admin or viewer.person_id is None or not session_ids:
        return
    person = Viewer(person_id=viewer.person_id, role=Role.MENTOR)
    by_right = select(MentoringSession.id).where(
        MentoringSession.id.in_(session_ids), visible_sessions(person)
    )
    read = [("session", i) for i in sorted({*session_ids} - {*db.scalars(by_right)})]
    audit.record_once(db, viewer.person_id, action, read, address=viewer.address)


def session_to_edit(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """Return the session if *viewer* may change it.

    Raises:
        NotFoundError: the session does not exist, or *viewer* may not see it.
        NotAllowedError: *viewer* may see it, but not change it.
    """
    found = session_for(db, viewer, session_id)
    if not may_edit(viewer, found):
        raise NotAllowedError
    return found


def may_edit(viewer: Viewer, session: MentoringSession) -> bool:
    """Return whether *viewer* may change a session that they can see."""
    return viewer.is_admin or (viewer.is_member and session.owner_id == viewer.person_id)


def may_curate(db: Transaction, viewer: Viewer, collection_id: int) -> bool:
    """Return whether *viewer* may edit a collection, its sessions and its members."""
    return _has_role(db, viewer, collection_id, CollectionRole.CURATOR)


def may_classify(db: Transaction, viewer: Viewer, session: MentoringSession) -> bool:
    """Return whether *viewer* may change the topics of a session that they can see.

    The owner, administrators, and curators of the session's collections may do this.
    """
    if may_edit(viewer, session):
        return True
    here = curated_sessions(viewer).where(CollectionEntry.session_id == session.id)
    return viewer.is_member and db.scalar(here) is not None


def may_contribute(db: Transaction, viewer: Viewer, collection_id: int) -> bool:
    """Return whether *viewer* may put sessions of their own into a collection."""
    return _has_role(db, viewer, collection_id, CollectionRole.CONTRIBUTOR)


def _has_role(db: Transaction, viewer: Viewer, collection_id: int, role: CollectionRole) -> bool:
    if viewer.is_admin:
        return True
    here = select(Collection.id).where(
        Collection.id == collection_id, Collection.id.in_(collections_of(viewer, role))
    )
    return viewer.is_member and db.scalar(here) is not None


def require_curator(db: Transaction, viewer: Viewer, collection_id: int) -> None:
    """Require that *viewer* is a curator of the collection or an administrator.

    Raises:
        NotAllowedError: *viewer* is neither a curator of it nor an administrator.
    """
    if not may_curate(db, viewer, collection_id):
        raise NotAllowedError("Only curators of the collection and administrators can change it.")


def require_member(viewer: Viewer) -> None:
    """Require that *viewer* is signed in.

    Raises:
        NotAllowedError: *viewer* is a guest.
    """
    if not viewer.is_member:
        raise NotAllowedError


def require_admin(viewer: Viewer) -> None:
    """Require that *viewer* is an administrator.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    if not viewer.is_admin:
        raise NotAllowedError("Only an administrator can do this.")
