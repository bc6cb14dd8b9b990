"""Tests of collections: order of sessions, and who may change a collection."""

import pytest

from library.collections import collections, tree
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import Visibility
from library.sessions import sessions
from tests.builders import add_session


@pytest.fixture
def three(library) -> list[int]:
    """Ids of three public sessions."""
    return [add_session(library, title=title).session_id for title in ("one", "two", "three")]


def make(library, admin, title: str, session_ids=()) -> int:
    """Add a collection with the given sessions and return its id."""
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title=title)
        collections.set_sessions(db, admin.viewer, collection, session_ids)
        return collection.id


def order_in(library, viewer, collection_id: int) -> list[int]:
    """Return the ids of a collection's sessions that *viewer* sees, in order."""
    with library.reading() as db:
        return [s.id for s in collections.sessions_in(db, viewer, collection_id)]


def titles(library) -> list[str]:
    """Return the titles of all collections, in the order in which pages list them."""
    with library.reading() as db:
        return [c.title for c in collections.all_collections(db)]


def test_sessions_keep_the_curators_order(library, admin, three):
    """A collection shows its sessions in the order that its curator chose."""
    collection_id = make(library, admin, "Talks", [three[2], three[0], three[1]])

    assert order_in(library, admin.viewer, collection_id) == [three[2], three[0], three[1]]


def test_filling_again_moves_adds_and_takes_out(library, admin, three):
    """A new list of sessions replaces the sessions of a collection. A repeated id counts once."""
    collection_id = make(library, admin, "Talks", three[:2])

    with library.transaction() as db:
        collections.set_sessions(
            db, admin.viewer, collections.get(db, collection_id), [three[2], three[1], three[2]]
        )

    assert order_in(library, admin.viewer, collection_id) == [three[2], three[1]]


def test_a_session_is_appended_once(library, admin, three):
    """A session is appended to the end of a collection. Appending it again changes nothing."""
    collection_id = make(library, admin, "Talks", three[:2])

    with library.transaction() as db:
        collections.append_session(db, admin.viewer, collections.get(db, collection_id), three[2])
        collections.append_session(db, admin.viewer, collections.get(db, collection_id), three[0])

    assert order_in(library, admin.viewer, collection_id) == three


def test_a_session_can_be_in_several(library, admin, three):
    """A session can be in several collections. All its collections are listed, in their order."""
    make(library, admin, "First", three)
    make(library, admin, "Second", three[:1])

    with library.reading() as db:
        assert [c.title for c in collections.collections_of_session(db, three[0])] == [
            "First",
            "Second",
        ]
        assert [c.title for c in collections.collections_of_session(db, three[1])] == ["First"]


def test_collections_are_arranged(library, admin):
    """Arranging collections puts the given ones first, in the given order.

    The other collections follow in their earlier order.
    """
    a, _, c = (make(library, admin, title) for title in "abc")

    with library.transaction() as db:
        collections.arrange(db, admin.viewer, [c, a])

    assert titles(library) == ["c", "a", "b"]


def test_a_new_collection_stands_behind_the_others(library, admin):
    """A new collection is the last one, also after collections were arranged."""
    make(library, admin, "a")
    b = make(library, admin, "b")
    with library.transaction() as db:
        collections.arrange(db, admin.viewer, [b])

    make(library, admin, "c")

    assert titles(library) == ["b", "a", "c"]


def test_removing_a_collection_keeps_its_sessions(library, admin, three):
    """Removing a collection removes none of its sessions."""
    collection_id = make(library, admin, "Talks", three)

    with library.transaction() as db:
        collections.remove(db, admin.viewer, collections.get(db, collection_id))

    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 3
        assert tree.counts(db, admin.viewer) == {}
        with pytest.raises(NotFoundError):
            collections.get(db, collection_id)


def test_a_title_is_cleaned_and_needed(library, admin):
    """Extra blank space in a title of a collection is removed. An empty title is refused."""
    make(library, admin, "  Hard   talks ")

    assert titles(library) == ["Hard talks"]
    with pytest.raises(InvalidInputError, match="title"):
        make(library, admin, "   ")


def test_a_missing_session_cannot_be_put_in(library, admin, three):
    """A session that does not exist cannot be put into a collection."""
    collection_id = make(library, admin, "Talks", three[:1])

    with library.transaction() as db, pytest.raises(NotFoundError):
        collections.append_session(db, admin.viewer, collections.get(db, collection_id), 99)

    assert order_in(library, admin.viewer, collection_id) == three[:1]


def test_a_private_session_is_hidden_within_a_collection(library, admin, mentee):
    """For another member, a collection neither lists nor counts a private session."""
    hidden = add_session(library, visibility=Visibility.PRIVATE).session_id
    collection_id = make(library, admin, "Talks", [hidden])

    assert order_in(library, mentee.viewer, collection_id) == []
    with library.reading() as db:
        assert tree.counts(db, mentee.viewer) == {}


CHANGES = {
    "add": lambda db, viewer, collection: collections.add(db, viewer, title="Mine"),
    "describe": lambda db, viewer, collection: collections.describe(
        db, viewer, collection, title="Mine", description=""
    ),
    "fill": lambda db, viewer, collection: collections.set_sessions(db, viewer, collection, []),
    "put_in": lambda db, viewer, collection: collections.append_session(db, viewer, collection, 1),
    "arrange": lambda db, viewer, collection: collections.arrange(db, viewer, []),
    "remove": collections.remove,
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_administrators_change_collections(library, admin, mentor, change):
    """A mentor cannot change collections."""
    collection_id = make(library, admin, "Talks")

    with library.transaction() as db, pytest.raises(NotAllowedError):
        CHANGES[change](db, mentor.viewer, collections.get(db, collection_id))

    assert titles(library) == ["Talks"]


def test_a_session_is_put_into_exactly_these_collections(library, admin, three):
    """Setting the collections of a session removes it from all other collections.

    The session is the last one in a new collection. It keeps its position in a collection that had
    it before.
    """
    unchanged = make(library, admin, "Kept", three)
    former = make(library, admin, "Left", three)
    joined = make(library, admin, "Joined", three[1:])

    with library.transaction() as db:
        collections.set_collections_of_session(db, admin.viewer, three[0], [unchanged, joined])

    assert order_in(library, admin.viewer, unchanged) == three
    assert order_in(library, admin.viewer, former) == three[1:]
    assert order_in(library, admin.viewer, joined) == [*three[1:], three[0]]
