"""Collections inside others: who sees what through them, where they may stand, what counts."""

import pytest

from library.access import GUEST, is_visible, may_contribute, may_curate
from library.curating import picks
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.holdings import collections, members, nesting
from library.models import CollectionRole, Redaction, Visibility
from library.models.kinds import Originals
from library.withdrawal import holds
from tests.builders import OPERATOR, add_session


@pytest.fixture
def shelves(library):
    """Three collections inside one another, and a fourth beside them: their ids."""
    with library.transaction() as db:
        made = [collections.add(db, OPERATOR, title=t) for t in ("Top", "Middle", "Low", "Other")]
        nesting.put_into(db, OPERATOR, made[1], made[0].id)
        nesting.put_into(db, OPERATOR, made[2], made[1].id)
        return [one.id for one in made]


def put(library, shelf_id, *session_ids):
    """Put sessions into a collection."""
    with library.transaction() as db:
        shelf = collections.get(db, shelf_id)
        collections.fill(db, OPERATOR, shelf, session_ids)


@pytest.mark.parametrize("role", list(CollectionRole))
def test_a_role_reaches_down_and_never_up(library, shelves, mentor, mentee, role):
    """Members of the middle see what is for members of what it holds, and not what is above."""
    top, middle, low, other = shelves
    built = {}
    for shelf in shelves:
        made = add_session(
            library, title=f"In {shelf}", owner=mentor, visibility=Visibility.COLLECTION
        )
        put(library, shelf, made.session_id)
        built[shelf] = made.session_id

    with library.transaction() as db:
        members.put_member(db, OPERATOR, collections.get(db, middle), mentee.id, role)

        seen = {shelf for shelf in shelves if is_visible(db, mentee.viewer, built[shelf])}
        curated = {shelf for shelf in shelves if may_curate(db, mentee.viewer, shelf)}
        given = {shelf for shelf in shelves if may_contribute(db, mentee.viewer, shelf)}
        guests = [shelf for shelf in shelves if is_visible(db, GUEST, built[shelf])]

    reach = {middle, low}
    assert seen == reach
    assert curated == (reach if role is CollectionRole.CURATOR else set())
    assert given == (set() if role is CollectionRole.VIEWER else reach)
    assert guests == []
    assert not {top, other} & seen


def test_a_collection_that_moves_takes_its_readers_along_no_longer(
    library, shelves, mentor, mentee
):
    """What a role opened through a place closes when the collection leaves it."""
    top, _, low, other = shelves
    built = add_session(library, owner=mentor, visibility=Visibility.COLLECTION)
    put(library, low, built.session_id)
    with library.transaction() as db:
        members.put_member(db, OPERATOR, collections.get(db, top), mentee.id, CollectionRole.VIEWER)
        assert is_visible(db, mentee.viewer, built.session_id)

        nesting.put_into(db, OPERATOR, collections.get(db, low), other)

        assert not is_visible(db, mentee.viewer, built.session_id)


def test_a_collection_is_never_inside_itself(library, shelves, mentor):
    """Neither at once nor through others, nor too deep; and only administrators move one."""
    top, middle, low, _ = shelves
    with library.transaction() as db:
        for into in (top, middle, low):
            with pytest.raises(InvalidInputError, match="inside itself"):
                nesting.put_into(db, OPERATOR, collections.get(db, top), into)
        with pytest.raises(InvalidInputError, match="no such collection"):
            nesting.put_into(db, OPERATOR, collections.get(db, top), 999)
        with pytest.raises(NotAllowedError):
            nesting.put_into(db, mentor.viewer, collections.get(db, low), None)
        below = low
        for number in range(nesting.DEEPEST - 3):
            deeper = collections.add(db, OPERATOR, title=f"Deeper {number}")
            nesting.put_into(db, OPERATOR, deeper, below)
            below = deeper.id
        last = collections.add(db, OPERATOR, title="Too deep")
        with pytest.raises(InvalidInputError, match="deep"):
            nesting.put_into(db, OPERATOR, last, below)


def test_counts_include_what_is_inside_once(library, shelves, mentor):
    """A session in two collections of a branch counts once above; only what one may see counts."""
    top, middle, low, other = shelves
    one = add_session(library, owner=mentor, title="One")
    two = add_session(library, owner=mentor, title="Two", visibility=Visibility.PRIVATE)
    put(library, middle, one.session_id)
    put(library, low, one.session_id, two.session_id)

    with library.reading() as db:
        assert nesting.counts(db, GUEST) == {top: 1, middle: 1, low: 1}
        assert nesting.counts(db, mentor.viewer) == {top: 2, middle: 2, low: 2}
        assert [c.title for c in nesting.path(db, collections.get(db, low))] == ["Top", "Middle"]
        assert [c.id for c in nesting.children(db, None)] == [top, other]


def test_a_hold_holds_what_is_inside(library, shelves, mentor):
    """A hold on a collection is a hold on all that it holds, at any depth."""
    top, _, low, _ = shelves
    built = add_session(library, owner=mentor)
    put(library, low, built.session_id)
    with library.transaction() as db:
        holds.require_free(db, built.session_id)
        collections.get(db, top).hold = True
        db.flush()

        with pytest.raises(ConflictError):
            holds.require_free(db, built.session_id)


def test_a_pick_is_gone_with_what_it_shows(library, shelves, mentor, mentee):
    """For whoever may not see it, when its session leaves, and when it is off the record."""
    _, middle, low, _ = shelves
    built = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    put(library, low, built.session_id)
    with library.transaction() as db:
        shelf = collections.get(db, middle)
        with pytest.raises(NotAllowedError):
            picks.add(db, mentor.viewer, shelf, built.passage_ids[1], "Mine")
        for passage_id in built.passage_ids:
            picks.add(db, OPERATOR, shelf, passage_id, "  Worth  hearing ")

        seen = picks.shown(db, mentee.viewer, middle)
        assert [(one.pick.sentence, one.passage.id) for one in seen] == [
            ("Worth hearing", passage_id) for passage_id in built.passage_ids
        ]
        assert picks.shown(db, GUEST, middle) == []
        picks.arrange(db, OPERATOR, shelf, [seen[1].pick.id, seen[0].pick.id])
        assert [one.pick.id for one in picks.shown(db, mentee.viewer, middle)] == [
            seen[1].pick.id,
            seen[0].pick.id,
        ]
        db.add(
            Redaction(source_id=built.source_id, start=1.0, end=3.0, originals=Originals.DESTROY)
        )
        db.flush()
        left = picks.shown(db, mentee.viewer, middle)
        assert [one.pick.id for one in left] == [seen[1].pick.id]
        collections.fill(db, OPERATOR, collections.get(db, low), [])
        assert picks.shown(db, mentee.viewer, middle) == []
        with pytest.raises(InvalidInputError, match="first"):
            picks.add(db, OPERATOR, shelf, built.passage_ids[0], "")
