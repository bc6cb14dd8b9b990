"""Search history and saved searches of one person."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, delete, select

from library.access import Viewer
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import AskedQuestion, SavedSearch, now
from library.store import Transaction

HISTORY_LIMIT = 100  # questions of a person's history
SAVED_LIMIT = 200  # searches that one person can save


def remember(
    db: Transaction, viewer: Viewer, question: str, filters: Mapping[str, str] | None = None
) -> None:
    """Add a question to the history of *viewer*. Guests have no history.

    Args:
        db: a transaction.
        viewer: person who asked.
        question: question as typed.
        filters: filters of the search, as parameters of its URL.
    """
    if viewer.person_id is None or not question.strip():
        return
    filter_values = dict(filters or {})
    last = db.scalar(_history_of(viewer.person_id).limit(1))
    if last is not None and (last.question, last.filters) == (question, filter_values):
        last.asked_at = now()
        return
    db.add(AskedQuestion(person_id=viewer.person_id, question=question, filters=filter_values))
    db.flush()
    older = _history_of(viewer.person_id).with_only_columns(AskedQuestion.id).offset(HISTORY_LIMIT)
    db.execute(delete(AskedQuestion).where(AskedQuestion.id.in_(db.scalars(older).all())))


def history(
    db: Transaction, viewer: Viewer, *, limit: int = HISTORY_LIMIT
) -> Sequence[AskedQuestion]:
    """Return the questions in the history of *viewer*, newest first."""
    if viewer.person_id is None:
        return []
    return db.scalars(_history_of(viewer.person_id).limit(limit)).all()


def forget(db: Transaction, viewer: Viewer) -> None:
    """Delete the search history of *viewer*."""
    db.execute(delete(AskedQuestion).where(AskedQuestion.person_id == viewer.person_id))


def save(
    db: Transaction,
    viewer: Viewer,
    *,
    name: str,
    question: str,
    filters: Mapping[str, str] | None = None,
) -> SavedSearch:
    """Save a search under a name. It replaces a saved search of *viewer* with the same name.

    Raises:
        NotAllowedError: *viewer* has not signed in.
        InvalidInputError: the question is empty, or *viewer* has too many saved searches.
    """
    if viewer.person_id is None:
        raise NotAllowedError("Sign in to save searches.")
    if not (clean_question := question.strip()):
        raise InvalidInputError("Enter a question first, then save the search.")
    called = " ".join(name.split())[:200] or clean_question[:200]
    mine = saved(db, viewer)
    search_row = next((search for search in mine if search.name == called), None)
    if search_row is None:
        if len(mine) >= SAVED_LIMIT:
            raise InvalidInputError(
                "You have %(number)s saved searches already. Remove one of them first.",
                number=SAVED_LIMIT,
            )
        search_row = SavedSearch(person_id=viewer.person_id, name=called)
        db.add(search_row)
    search_row.question, search_row.filters = clean_question, dict(filters or {})
    search_row.created_at = now()  # a changed question counts as a new search
    db.flush()
    return search_row


def saved(db: Transaction, viewer: Viewer) -> Sequence[SavedSearch]:
    """Return the saved searches of *viewer*, newest first."""
    return db.scalars(
        select(SavedSearch)
        .where(SavedSearch.person_id == viewer.person_id)
        .order_by(SavedSearch.id.desc())
    ).all()


def get(db: Transaction, viewer: Viewer, search_id: int) -> SavedSearch:
    """Return a saved search of *viewer*.

    Raises:
        NotFoundError: *viewer* has no saved search with this id.
    """
    search = db.get(SavedSearch, search_id)
    if search is None or search.person_id != viewer.person_id:
        raise NotFoundError("This saved search was not found.")
    return search


def remove(db: Transaction, viewer: Viewer, search_id: int) -> None:
    """Delete a saved search.

    Raises:
        NotFoundError: *viewer* has no saved search with this id.
    """
    db.delete(get(db, viewer, search_id))
    db.flush()


def _history_of(person_id: int) -> Select[AskedQuestion]:
    newest = AskedQuestion.id.desc()
    return select(AskedQuestion).where(AskedQuestion.person_id == person_id).order_by(newest)
