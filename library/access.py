"""Who may see what, asked in one place.

Every list, page, search, count, suggestion, export, media byte and API answer goes through
`visible_sessions`; every change through `may_edit` or `may_curate`.
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

VIEWERS = 1000  # whose condition is kept
AT_ONCE = 500  # sessions in one statement

GUESTS_READ = "guests_read"
"""The service setting that lets guests see what is public; it is on unless it was switched off."""


@dataclass(frozen=True)
class Viewer:
    """Whoever is asking; without a person, a guest."""

    person_id: int | None = None
    role: Role | None = None
    address: str = field(default="", compare=False)  # of the network, for the audit log

    @property
    def is_admin(self) -> bool:
        """Whether this is an administrator."""
        return self.role is Role.ADMIN

    @property
    def is_member(self) -> bool:
        """Whether this is somebody who has signed in."""
        return self.person_id is not None

    def may_add_sessions(self, *, members_may_upload: bool = False) -> bool:
        """Whether this viewer may add sessions of their own."""
        return self.role in {Role.ADMIN, Role.MENTOR} or (self.is_member and members_may_upload)


GUEST = Viewer()


def visible_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """The one predicate: a condition on `MentoringSession` that holds for what *viewer* may see.

    Administrators see everything. Its owner sees a session, and those who take part in it do
    unless it is private. Others see it when everybody concerned has released it, its embargo is
    over, and its visibility reaches them: as members of a collection that it is in, as members
    of the library, or as anybody, where guests may read. Where it has to be reviewed first, its
    reviewers see it before the others whom its visibility reaches.
    """
    return _visible_on(viewer, today())


@lru_cache(maxsize=VIEWERS)
def _visible_on(viewer: Viewer, _day: date) -> ColumnElement[bool]:
    """The condition of a day: made once, for making it takes longer than asking it."""
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
        .correlate(MentoringSession)  # a query that joins participants itself must not lend them
        .exists()
    )


def _can_be_found() -> ColumnElement[bool]:
    """Those who speak have released it, and its embargo is over."""
    return and_(MentoringSession.release == Release.RELEASED, _embargo_is_over())


def _waits_for_review() -> ColumnElement[bool]:
    """As above, but somebody has to look at it first."""
    return and_(MentoringSession.release == Release.REVIEW, _embargo_is_over())


def _embargo_is_over() -> ColumnElement[bool]:
    embargo = MentoringSession.embargo_until
    return or_(embargo.is_(None), embargo <= today())


def _reviews(viewer: Viewer) -> ColumnElement[bool]:
    """Whether *viewer* is to look at a session: it was given to them, or is in their collection."""
    given = select(Review.session_id).where(Review.reviewer_id == viewer.person_id)
    return or_(MentoringSession.id.in_(given), MentoringSession.id.in_(curated_sessions(viewer)))


def _reaches(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the visibility of a session includes a member of the library."""
    shared = select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(collections_of(viewer, CollectionRole.VIEWER))
    )
    return or_(
        MentoringSession.visibility.in_([Visibility.MEMBERS, Visibility.PUBLIC]),
        and_(MentoringSession.visibility == Visibility.COLLECTION, MentoringSession.id.in_(shared)),
    )


def collections_of(viewer: Viewer, at_least: CollectionRole) -> Select[int]:
    """The ids of the collections in which *viewer* has this role or a higher one.

    Whoever has a role in a collection has it in all that it holds, and in nothing above it.
    """
    roles = [role for role in CollectionRole if role.rank >= at_least.rank]
    own = select(CollectionMember.collection_id.label("id")).where(
        CollectionMember.person_id == viewer.person_id, CollectionMember.role.in_(roles)
    )
    tree = own.cte(recursive=True)
    below = select(Collection.id).join(tree, Collection.parent_id == tree.c.id)
    return select(tree.union(below).c.id)


def curated_sessions(viewer: Viewer) -> Select[int]:
    """The ids of all sessions in the collections that *viewer* curates."""
    return select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(collections_of(viewer, CollectionRole.CURATOR))
    )


def _guests_read() -> ColumnElement[bool]:
    switched_off = select(ServiceSetting.name).where(
        ServiceSetting.name == GUESTS_READ, ServiceSetting.value == literal(value=False, type_=JSON)
    )
    return ~switched_off.exists()


def today() -> date:
    """The day, in UTC: embargoes end when it begins."""
    return datetime.now(UTC).date()


def removed_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on `MentoringSession` that holds for what *viewer* could see until it went."""
    return and_(~_is_here(), _open_to(viewer))


def once_open_to(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on `MentoringSession`: *viewer* can read it, or could before it was trashed."""
    return or_(_open_to(viewer), _takes_part(viewer))


def trashed_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on `MentoringSession` that holds for what *viewer* may put back or let go."""
    trashed = and_(MentoringSession.deleted_at.is_(None), MentoringSession.trashed_at.is_not(None))
    return and_(trashed, _own(viewer))


def _own(viewer: Viewer) -> ColumnElement[bool]:
    if not viewer.is_member:
        return false()
    return true() if viewer.is_admin else MentoringSession.owner_id == viewer.person_id


def editable_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on `MentoringSession` that holds for what *viewer* may change or remove."""
    return and_(_is_here(), _own(viewer))


def session_for(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """The session with this id; that an administrator looked is noted where only that opened it.

    Raises:
        NotFoundError: there is none, or none that *viewer* may see; the two look the same.
    """
    return sessions_for(db, viewer, [session_id])[0]


def sessions_for(
    db: Transaction, viewer: Viewer, session_ids: abc.Sequence[int]
) -> list[MentoringSession]:
    """The sessions with these ids; each is noted as by `session_for`.

    Raises:
        NotFoundError: one of them is not there, or *viewer* may not see it.
    """
    found: list[MentoringSession] = []
    for first in range(0, len(session_ids), AT_ONCE):
        some = session_ids[first : first + AT_ONCE]
        query = select(MentoringSession).where(
            MentoringSession.id.in_(some), visible_sessions(viewer)
        )
        here = db.scalars(query).all()
        if len(here) < len(set(some)):
            raise NotFoundError("There is no session here, or none that you may see.")
        others = [session.id for session in here if session.owner_id != viewer.person_id]
        _note(db, viewer, others, audit.ADMIN_READ)
        found.extend(here)
    return found


def is_visible(db: Transaction, viewer: Viewer, session_id: int) -> bool:
    """Whether *viewer* may see the session with this id."""
    query = select(MentoringSession.id).where(
        MentoringSession.id == session_id, visible_sessions(viewer)
    )
    return db.scalar(query) is not None


def note_reading(db: Transaction, viewer: Viewer, session: MentoringSession) -> None:
    """Write into the audit log that an administrator read what they see as such only.

    Its owner is shown it. The same administrator reading on is one event an hour.
    """
    if session.owner_id != viewer.person_id:
        _note(db, viewer, [session.id], audit.ADMIN_READ)


def note_found(db: Transaction, viewer: Viewer, session_ids: abc.Collection[int]) -> None:
    """The same for sessions of which a search shows an administrator a few words."""
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
    """The session with this id, for somebody who may change it.

    Raises:
        NotFoundError: there is none that *viewer* may see.
        NotAllowedError: *viewer* may see it, but not change it.
    """
    found = session_for(db, viewer, session_id)
    if not may_edit(viewer, found):
        raise NotAllowedError
    return found


def may_edit(viewer: Viewer, session: MentoringSession) -> bool:
    """Whether *viewer* may change a session that they already see."""
    return viewer.is_admin or (viewer.is_member and session.owner_id == viewer.person_id)


def may_curate(db: Transaction, viewer: Viewer, collection_id: int) -> bool:
    """Whether *viewer* may describe, fill and arrange a collection, and choose its members."""
    return _has_role(db, viewer, collection_id, CollectionRole.CURATOR)


def may_classify(db: Transaction, viewer: Viewer, session: MentoringSession) -> bool:
    """Whether *viewer* says what a session that they see is about.

    Its owner does, administrators, and the curators of the collections that it is in.
    """
    if may_edit(viewer, session):
        return True
    here = curated_sessions(viewer).where(CollectionEntry.session_id == session.id)
    return viewer.is_member and db.scalar(here) is not None


def may_contribute(db: Transaction, viewer: Viewer, collection_id: int) -> bool:
    """Whether *viewer* may put sessions of their own into a collection."""
    return _has_role(db, viewer, collection_id, CollectionRole.CONTRIBUTOR)


def _has_role(db: Transaction, viewer: Viewer, collection_id: int, role: CollectionRole) -> bool:
    if viewer.is_admin:
        return True
    here = select(Collection.id).where(
        Collection.id == collection_id, Collection.id.in_(collections_of(viewer, role))
    )
    return viewer.is_member and db.scalar(here) is not None


def require_curator(db: Transaction, viewer: Viewer, collection_id: int) -> None:
    """Let a collection's curators and administrators through.

    Raises:
        NotAllowedError: *viewer* is none.
    """
    if not may_curate(db, viewer, collection_id):
        raise NotAllowedError("Only its curators and administrators can change a collection.")


def require_member(viewer: Viewer) -> None:
    """Let everybody through who has signed in.

    Raises:
        NotAllowedError: *viewer* is a guest.
    """
    if not viewer.is_member:
        raise NotAllowedError


def require_admin(viewer: Viewer) -> None:
    """Let administrators through.

    Raises:
        NotAllowedError: *viewer* is not one.
    """
    if not viewer.is_admin:
        raise NotAllowedError("Only an administrator can do this.")
