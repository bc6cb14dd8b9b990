"""Tests of the collection tree: inherited access, limits, counts, legal holds and picks.

Covers: picks.
"""

import pytest

from library.access import GUEST, is_visible, may_contribute, may_curate
from library.collections import collections, members, picks, tree
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import CollectionRole, Redaction, Visibility
from library.models.enums import Originals
from library.removal import legal_holds
from tests.builders import OPERATOR, add_session


@pytest.fixture
def nested(library):
    """Ids of three collections, each inside the one before, and of a separate collection."""
    with library.transaction() as db:
        new = [collections.add(db, OPERATOR, title=t) for t in ("Top", "Middle", "Low", "Other")]
        tree.put_into(db, OPERATOR, new[1], new[0].id)
        tree.put_into(db, OPERATOR, new[2], new[1].id)
        return [one.id for one in new]


def put(library, collection_id, *session_ids):
    """Put sessions into a collection."""
    with library.transaction() as db:
        collection = collections.get(db, collection_id)
        collections.set_sessions(db, OPERATOR, collection, session_ids)


@pytest.mark.parametrize("role", list(CollectionRole))
def test_a_role_reaches_down_and_never_up(library, nested, mentor, mentee, role):
    """A role in a collection applies to all collections inside it.

    It does not apply to the collections above.
    """
    top, middle, low, other = nested
    built = {}
    for collection in nested:
        session = add_session(
            library, title=f"In {collection}", owner=mentor, visibility=Visibility.COLLECTION
        )
        put(library, collection, session.session_id)
        built[collection] = session.session_id

    with library.transaction() as db:
        members.set_member(db, OPERATOR, collections.get(db, middle), mentee.id, role)

        visible_to_mentee = {
            collection for collection in nested if is_visible(db, mentee.viewer, built[collection])
        }
        curated = {collection for collection in nested if may_curate(db, mentee.viewer, collection)}
        open_to_mentee = {
            collection for collection in nested if may_contribute(db, mentee.viewer, collection)
        }
        guests = [collection for collection in nested if is_visible(db, GUEST, built[collection])]

    reach = {middle, low}
    assert visible_to_mentee == reach
    assert curated == (reach if role is CollectionRole.CURATOR else set())
    assert open_to_mentee == (set() if role is CollectionRole.VIEWER else reach)
    assert guests == []
    assert not {top, other} & visible_to_mentee


def test_a_moved_collection_loses_the_roles_of_its_parent(library, nested, mentor, mentee):
    """After a collection moves, roles in its former parent give no access to its sessions."""
    top, _, low, other = nested
    built = add_session(library, owner=mentor, visibility=Visibility.COLLECTION)
    put(library, low, built.session_id)
    with library.transaction() as db:
        members.set_member(db, OPERATOR, collections.get(db, top), mentee.id, CollectionRole.VIEWER)
        assert is_visible(db, mentee.viewer, built.session_id)

        tree.put_into(db, OPERATOR, collections.get(db, low), other)

        assert not is_visible(db, mentee.viewer, built.session_id)


def test_a_collection_is_never_inside_itself(library, nested, mentor):
    """A collection cannot be moved into itself or below the depth limit.

    Only administrators move collections.
    """
    top, middle, low, _ = nested
    with library.transaction() as db:
        for into in (top, middle, low):
            with pytest.raises(InvalidInputError, match="inside itself"):
                tree.put_into(db, OPERATOR, collections.get(db, top), into)
        with pytest.raises(InvalidInputError, match="no longer exists"):
            tree.put_into(db, OPERATOR, collections.get(db, top), 999)
        with pytest.raises(NotAllowedError):
            tree.put_into(db, mentor.viewer, collections.get(db, low), None)
        below = low
        for number in range(tree.DEEPEST - 3):
            deeper = collections.add(db, OPERATOR, title=f"Deeper {number}")
            tree.put_into(db, OPERATOR, deeper, below)
            below = deeper.id
        last = collections.add(db, OPERATOR, title="Too deep")
        with pytest.raises(InvalidInputError, match="deep"):
            tree.put_into(db, OPERATOR, last, below)


def test_counts_include_nested_sessions_once(library, nested, mentor):
    """A collection counts each visible session once, also if nested collections share it."""
    top, middle, low, other = nested
    one = add_session(library, owner=mentor, title="One")
    two = add_session(library, owner=mentor, title="Two", visibility=Visibility.PRIVATE)
    put(library, middle, one.session_id)
    put(library, low, one.session_id, two.session_id)

    with library.reading() as db:
        assert tree.counts(db, GUEST) == {top: 1, middle: 1, low: 1}
        assert tree.counts(db, mentor.viewer) == {top: 2, middle: 2, low: 2}
        assert [c.title for c in tree.path(db, collections.get(db, low))] == ["Top", "Middle"]
        assert [c.id for c in tree.children(db, None)] == [top, other]


def test_a_legal_hold_applies_to_nested_sessions(library, nested, mentor):
    """A legal hold on a collection applies to the sessions of all collections inside it."""
    top, _, low, _ = nested
    built = add_session(library, owner=mentor)
    put(library, low, built.session_id)
    with library.transaction() as db:
        legal_holds.require_free(db, built.session_id)
        collections.get(db, top).hold = True
        db.flush()

        with pytest.raises(ConflictError):
            legal_holds.require_free(db, built.session_id)


def test_a_pick_is_hidden_with_its_passage(library, nested, mentor, mentee):
    """A pick is hidden if its session is hidden or is no longer in the collection.

    It is also hidden if its passage was redacted.
    """
    _, middle, low, _ = nested
    built = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    put(library, low, built.session_id)
    with library.transaction() as db:
        collection = collections.get(db, middle)
        with pytest.raises(NotAllowedError):
            picks.add(db, mentor.viewer, collection, built.passage_ids[1], "Mine")
        for passage_id in built.passage_ids:
            picks.add(db, OPERATOR, collection, passage_id, "  Worth  hearing ")

        shown_picks = picks.shown(db, mentee.viewer, middle)
        assert [(one.pick.sentence, one.passage.id) for one in shown_picks] == [
            ("Worth hearing", passage_id) for passage_id in built.passage_ids
        ]
        assert picks.shown(db, GUEST, middle) == []
        picks.arrange(db, OPERATOR, collection, [shown_picks[1].pick.id, shown_picks[0].pick.id])
        assert [one.pick.id for one in picks.shown(db, mentee.viewer, middle)] == [
            shown_picks[1].pick.id,
            shown_picks[0].pick.id,
        ]
        db.add(
            Redaction(source_id=built.source_id, start=1.0, end=3.0, originals=Originals.DESTROY)
        )
        db.flush()
        shown_later = picks.shown(db, mentee.viewer, middle)
        assert [one.pick.id for one in shown_later] == [shown_picks[1].pick.id]
        collections.set_sessions(db, OPERATOR, collections.get(db, low), [])
        assert picks.shown(db, mentee.viewer, middle) == []
        with pytest.raises(InvalidInputError, match="first"):
            picks.add(db, OPERATOR, collection, built.passage_ids[0], "")
