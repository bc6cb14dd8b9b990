"""Who may see what, asked in one place.

Every list, page, search, count, suggestion, export, media byte and API answer goes through
`visible_sessions`; every change through `may_edit`.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from library.errors import NotAllowedError, NotFoundError
from library.models import MentoringSession, Participant, Role, Visibility
from library.store import Transaction


@dataclass(frozen=True)
class Viewer:
    """Whoever is asking; without a person, a guest."""

    person_id: int | None = None
    role: Role | None = None

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
    """The one predicate: a condition on `MentoringSession` that holds for what *viewer* may see."""
    return and_(MentoringSession.deleted_at.is_(None), _released_to(viewer))


def _released_to(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.is_admin:
        return true()
    public = MentoringSession.visibility == Visibility.PUBLIC
    if not viewer.is_member:
        return public
    takes_part = (
        select(Participant.session_id)
        .where(
            Participant.session_id == MentoringSession.id,
            Participant.person_id == viewer.person_id,
        )
        .correlate(MentoringSession)  # a query that joins participants itself must not lend them
        .exists()
    )
    return or_(
        public,
        MentoringSession.visibility == Visibility.MEMBERS,
        MentoringSession.owner_id == viewer.person_id,
        takes_part,
    )


def removed_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on `MentoringSession` that holds for what *viewer* could see until it went."""
    return and_(MentoringSession.deleted_at.is_not(None), _released_to(viewer))


def editable_sessions(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on `MentoringSession` that holds for what *viewer* may change or remove."""
    if not viewer.is_member:
        return false()
    own = true() if viewer.is_admin else MentoringSession.owner_id == viewer.person_id
    return and_(MentoringSession.deleted_at.is_(None), own)


def session_for(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """The session with this id.

    Raises:
        NotFoundError: there is none, or none that *viewer* may see; the two look the same.
    """
    found = db.scalar(
        select(MentoringSession).where(MentoringSession.id == session_id, visible_sessions(viewer))
    )
    if found is None:
        raise NotFoundError("There is no session here, or none that you may see.")
    return found


def is_visible(db: Transaction, viewer: Viewer, session_id: int) -> bool:
    """Whether *viewer* may see the session with this id."""
    query = select(MentoringSession.id).where(
        MentoringSession.id == session_id, visible_sessions(viewer)
    )
    return db.scalar(query) is not None


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


def require_admin(viewer: Viewer) -> None:
    """Let administrators through.

    Raises:
        NotAllowedError: *viewer* is not one.
    """
    if not viewer.is_admin:
        raise NotAllowedError("Only an administrator can do this.")
