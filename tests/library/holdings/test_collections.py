"""Collections: in the curator's order, filled by administrators only."""

import pytest

from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import collections, nesting, sessions
from library.models import Visibility
from tests.builders import add_session


@pytest.fixture
def three(library) -> list[int]:
    """Three public sessions."""
    return [add_session(library, title=title).session_id for title in ("one", "two", "three")]


def make(library, admin, title: str, session_ids=()) -> int:
    """A collection with these sessions."""
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title=title)
        collections.fill(db, admin.viewer, collection, session_ids)
        return collection.id


def order_in(library, viewer, collection_id: int) -> list[int]:
    """The sessions of a collection as *viewer* sees them."""
    with library.reading() as db:
        return [s.id for s in collections.sessions_in(db, viewer, collection_id)]


def titles(library) -> list[str]:
    """All collections in their order."""
    with library.reading() as db:
        return [c.title for c in collections.everything(db)]


def test_sessions_keep_the_curators_order(library, admin, three):
    """A collection shows its sessions in the order in which they were put."""
    shelf = make(library, admin, "Shelf", [three[2], three[0], three[1]])

    assert order_in(library, admin.viewer, shelf) == [three[2], three[0], three[1]]


def test_filling_again_moves_adds_and_takes_out(library, admin, three):
    """The new list holds, once each, and nothing else."""
    shelf = make(library, admin, "Shelf", three[:2])

    with library.transaction() as db:
        collections.fill(
            db, admin.viewer, collections.get(db, shelf), [three[2], three[1], three[2]]
        )

    assert order_in(library, admin.viewer, shelf) == [three[2], three[1]]


def test_putting_in_adds_at_the_end_once(library, admin, three):
    """A session that is already inside stays where it is."""
    shelf = make(library, admin, "Shelf", three[:2])

    with library.transaction() as db:
        collections.put_in(db, admin.viewer, collections.get(db, shelf), three[2])
        collections.put_in(db, admin.viewer, collections.get(db, shelf), three[0])

    assert order_in(library, admin.viewer, shelf) == three


def test_a_session_can_be_in_several(library, admin, three):
    """The collections that hold a session are told in their order."""
    make(library, admin, "First", three)
    make(library, admin, "Second", three[:1])

    with library.reading() as db:
        assert [c.title for c in collections.holding(db, three[0])] == ["First", "Second"]
        assert [c.title for c in collections.holding(db, three[1])] == ["First"]


def test_collections_are_arranged(library, admin):
    """Those that are named come first, in that order; the others follow as they were."""
    a, _, c = (make(library, admin, title) for title in "abc")

    with library.transaction() as db:
        collections.arrange(db, admin.viewer, [c, a])

    assert titles(library) == ["c", "a", "b"]


def test_a_new_collection_stands_behind_the_others(library, admin):
    """Also after they were arranged."""
    make(library, admin, "a")
    b = make(library, admin, "b")
    with library.transaction() as db:
        collections.arrange(db, admin.viewer, [b])

    make(library, admin, "c")

    assert titles(library) == ["b", "a", "c"]


def test_removing_a_collection_keeps_its_sessions(library, admin, three):
    """Only the grouping goes."""
    shelf = make(library, admin, "Shelf", three)

    with library.transaction() as db:
        collections.remove(db, admin.viewer, collections.get(db, shelf))

    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 3
        assert nesting.counts(db, admin.viewer) == {}
        with pytest.raises(NotFoundError):
            collections.get(db, shelf)


def test_a_title_is_cleaned_and_needed(library, admin):
    """Blank space falls out of a title; one of nothing else is refused."""
    make(library, admin, "  Hard   talks ")

    assert titles(library) == ["Hard talks"]
    with pytest.raises(InvalidInputError, match="title"):
        make(library, admin, "   ")


def test_what_is_not_there_cannot_be_put_in(library, admin, three):
    """A number without a session is refused, and the collection stays as it was."""
    shelf = make(library, admin, "Shelf", three[:1])

    with library.transaction() as db, pytest.raises(NotFoundError):
        collections.put_in(db, admin.viewer, collections.get(db, shelf), 99)

    assert order_in(library, admin.viewer, shelf) == three[:1]


def test_a_private_session_is_hidden_within_a_collection(library, admin, mentee):
    """A collection tells nothing of what a reader may not see, not even its number."""
    hidden = add_session(library, visibility=Visibility.PRIVATE).session_id
    shelf = make(library, admin, "Shelf", [hidden])

    assert order_in(library, mentee.viewer, shelf) == []
    with library.reading() as db:
        assert nesting.counts(db, mentee.viewer) == {}


CHANGES = {
    "add": lambda db, viewer, shelf: collections.add(db, viewer, title="Mine"),
    "describe": lambda db, viewer, shelf: collections.describe(
        db, viewer, shelf, title="Mine", description=""
    ),
    "fill": lambda db, viewer, shelf: collections.fill(db, viewer, shelf, []),
    "put_in": lambda db, viewer, shelf: collections.put_in(db, viewer, shelf, 1),
    "arrange": lambda db, viewer, shelf: collections.arrange(db, viewer, []),
    "remove": collections.remove,
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_administrators_change_collections(library, admin, mentor, change):
    """A mentor's attempt is refused and changes nothing."""
    shelf = make(library, admin, "Shelf")

    with library.transaction() as db, pytest.raises(NotAllowedError):
        CHANGES[change](db, mentor.viewer, collections.get(db, shelf))

    assert titles(library) == ["Shelf"]


def test_a_session_is_put_into_exactly_these_collections(library, admin, three):
    """It leaves the others, keeps its place where it is, and joins the new ones at the end."""
    kept = make(library, admin, "Kept", three)
    left = make(library, admin, "Left", three)
    joined = make(library, admin, "Joined", three[1:])

    with library.transaction() as db:
        collections.place(db, admin.viewer, three[0], [kept, joined])

    assert order_in(library, admin.viewer, kept) == three
    assert order_in(library, admin.viewer, left) == three[1:]
    assert order_in(library, admin.viewer, joined) == [*three[1:], three[0]]
