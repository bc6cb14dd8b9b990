"""Searches of one's own: the last that one asked, and those that one keeps under a name."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, delete, select

from library.access import Viewer
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import AskedQuestion, SavedSearch, now
from library.store import Transaction

KEPT = 100  # questions of a person's history
MOST = 200  # searches that one person can save


def remember(
    db: Transaction, viewer: Viewer, question: str, filters: Mapping[str, str] | None = None
) -> None:
    """Put a question at the top of its asker's history; a guest has none.

    Args:
        db: a transaction.
        viewer: who asked.
        question: what was asked.
        filters: what it was narrowed to, by name, as an address holds it.
    """
    if viewer.person_id is None or not question.strip():
        return
    given = dict(filters or {})
    last = db.scalar(_history_of(viewer.person_id).limit(1))
    if last is not None and (last.question, last.filters) == (question, given):
        last.asked_at = now()
        return
    db.add(AskedQuestion(person_id=viewer.person_id, question=question, filters=given))
    db.flush()
    older = _history_of(viewer.person_id).with_only_columns(AskedQuestion.id).offset(KEPT)
    db.execute(delete(AskedQuestion).where(AskedQuestion.id.in_(db.scalars(older).all())))


def history(db: Transaction, viewer: Viewer, *, limit: int = KEPT) -> Sequence[AskedQuestion]:
    """What *viewer* asked, newest first."""
    if viewer.person_id is None:
        return []
    return db.scalars(_history_of(viewer.person_id).limit(limit)).all()


def forget(db: Transaction, viewer: Viewer) -> None:
    """Clear the history of *viewer*."""
    db.execute(delete(AskedQuestion).where(AskedQuestion.person_id == viewer.person_id))


def save(
    db: Transaction,
    viewer: Viewer,
    *,
    name: str,
    question: str,
    filters: Mapping[str, str] | None = None,
) -> SavedSearch:
    """Keep a search under a name; the name of an earlier one replaces that.

    Raises:
        NotAllowedError: *viewer* has not signed in.
        InvalidInputError: it asks nothing, or there are too many.
    """
    if viewer.person_id is None:
        raise NotAllowedError("Sign in to keep searches.")
    if not (asked := question.strip()):
        raise InvalidInputError("Ask something first, then save it.")
    called = " ".join(name.split())[:200] or asked[:200]
    mine = saved(db, viewer)
    kept = next((search for search in mine if search.name == called), None)
    if kept is None:
        if len(mine) >= MOST:
            raise InvalidInputError(f"You keep {MOST} searches already. Remove one of them first.")
        kept = SavedSearch(person_id=viewer.person_id, name=called)
        db.add(kept)
    kept.question, kept.filters = asked, dict(filters or {})
    kept.created_at = now()  # another question, that can repeat what came since
    db.flush()
    return kept


def saved(db: Transaction, viewer: Viewer) -> Sequence[SavedSearch]:
    """The searches that *viewer* keeps, newest first."""
    return db.scalars(
        select(SavedSearch)
        .where(SavedSearch.person_id == viewer.person_id)
        .order_by(SavedSearch.id.desc())
    ).all()


def get(db: Transaction, viewer: Viewer, search_id: int) -> SavedSearch:
    """A search that *viewer* keeps.

    Raises:
        NotFoundError: there is none with this id, or it is somebody else's.
    """
    kept = db.get(SavedSearch, search_id)
    if kept is None or kept.person_id != viewer.person_id:
        raise NotFoundError("This search is not among yours.")
    return kept


def remove(db: Transaction, viewer: Viewer, search_id: int) -> None:
    """Keep a search no longer.

    Raises:
        NotFoundError: as `get`.
    """
    db.delete(get(db, viewer, search_id))
    db.flush()


def _history_of(person_id: int) -> Select[AskedQuestion]:
    newest = AskedQuestion.id.desc()
    return select(AskedQuestion).where(AskedQuestion.person_id == person_id).order_by(newest)
