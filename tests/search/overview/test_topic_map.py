"""Tests of the topic map: complete, deterministic, and limited by access.

Covers: clustering, labels, map_store, visible_vectors, projection.
"""

from dataclasses import replace

import numpy as np
import pytest

from ingest.tasks.housekeeping import draw_wanted
from library.access import GUEST
from library.errors import NotFoundError
from library.models import Visibility
from library.sessions import passages
from search.engine import Engine
from search.overview import map_store
from search.overview.topic_map import FEW, MapLevel, TopicMap
from tests.builders import add_session

SUBJECTS = {
    "feedback": "Honest feedback helps when given early and kindly by colleagues",
    "garden": "Tomatoes in the garden want sunlight water and patient pruning",
    "harbour": "Ships enter the harbour with pilots tugboats and lanterns",
}
SECRET = "zanzibarflamingo"
ALONE = {SECRET, "sleeps", "legs", "beside", "rivers"}  # words of the private session


@pytest.fixture
def engine(library, embedder):
    """Search engine of the library."""
    return Engine(library, embedder)


@pytest.fixture
def private_session(library, mentor):
    """A private session of 40 passages. The library also has three public sessions."""
    for subject, words in SUBJECTS.items():
        lines = [("Ada", f"{words} {subject}{n}") for n in range(40)]
        add_session(library, title=subject, lines=lines)
    lines = [("Ada", f"The {SECRET} sleeps on {n} legs beside rivers") for n in range(40)]
    return add_session(
        library, title="Secret", lines=lines, owner=mentor, visibility=Visibility.PRIVATE
    )


@pytest.fixture
def viewers(mentor, mentee, admin):
    """Viewers by name; the mentor owns the private session."""
    return {
        "guest": GUEST,
        "mentee": mentee.viewer,
        "owner": mentor.viewer,
        "admin": admin.viewer,
    }


def walk(engine, viewer):
    """Yield every level of the topic map that a viewer sees, from the top down."""
    rest = [()]
    while rest:
        found = engine.landscape(viewer, rest.pop())
        rest += [group.path for group in found.groups]
        yield found


def reached(engine, viewer):
    """Return the ids of all passages that are points of the map."""
    return sorted(spot.passage_id for found in walk(engine, viewer) for spot in found.spots)


@pytest.mark.usefixtures("private_session")
@pytest.mark.parametrize("who", ["guest", "mentee", "owner", "admin"])
def test_each_visible_passage_is_on_the_map_once(library, engine, viewers, who):
    """The topic map contains each passage that the viewer may see exactly once."""
    viewer = viewers[who]
    with library.reading() as db:
        rows = passages.rows_after(db, 0, model="bag-of-words")
    expected = [r.id for r in rows if SECRET not in r.text or who in {"owner", "admin"}]

    assert engine.landscape(viewer).passages == len(expected)
    assert reached(engine, viewer) == expected
    for found in walk(engine, viewer):
        if found.groups:
            assert sum(group.passages for group in found.groups) == found.passages


@pytest.mark.usefixtures("private_session")
def test_groups_have_words_of_their_subject(engine, mentor):
    """The label of a group on the topic map fits its subject and contains no speaker name."""
    subjects = [set(words.lower().split()) for words in SUBJECTS.values()]
    subjects.append(ALONE)

    words = [set(group.words) for group in engine.landscape(mentor.viewer).groups]

    assert all(any(found <= subject for found in words) for subject in subjects)
    assert all("ada" not in found for found in words)


@pytest.mark.usefixtures("private_session")
def test_the_map_has_no_words_of_private_sessions(engine, mentee, mentor):
    """The topic map shows no word of a private session to other members."""
    assert "rivers" in repr(engine.landscape(mentor.viewer).groups)

    for found in walk(engine, mentee.viewer):
        assert not ALONE & {word for group in found.groups for word in group.words}
        assert not ALONE & {word for words in found.words for word in words}
        assert all(SECRET not in spot.passage.text for spot in found.spots)


@pytest.mark.usefixtures("private_session")
def test_the_map_is_deterministic_for_all_viewers(library, embedder, mentor, mentee):
    """A rebuilt topic map has the same groups, words and places.

    A viewer with less access sees groups at the same places.
    """
    first = Engine(library, embedder).landscape(mentor.viewer)
    map_store.forget(library.settings, [1])  # so that the map is rebuilt, not read
    again = Engine(library, embedder).landscape(mentor.viewer)
    less = Engine(library, embedder).landscape(mentee.viewer)

    assert [(g.path, g.words, g.place) for g in first.groups] == [
        (g.path, g.words, g.place) for g in again.groups
    ]
    assert {g.place for g in less.groups} <= {g.place for g in first.groups}
    assert sorted(g.path for g in less.groups) == [(n,) for n in range(len(less.groups))]


def test_removed_words_leave_the_map_and_the_disk(library, engine, mentor, private_session):
    """The topic map is stored as numbers only. Removed passages are deleted from its file."""
    engine.landscape(mentor.viewer)
    (path,) = library.settings.home.glob("index/*/map.npz")
    with np.load(path) as stored:
        kinds = {stored[name].dtype.kind for name in stored.files}
    with library.transaction() as db:
        passages.remove_of_session(db, private_session.session_id)
    library.forget_passages(private_session.passage_ids)

    after = engine.landscape(mentor.viewer)

    assert kinds <= {"i", "u", "f"}
    assert SECRET not in repr(after.groups)
    assert not set(private_session.passage_ids) & set(reached(engine, mentor.viewer))
    with np.load(path) as stored:
        assert not np.isin(private_session.passage_ids, stored["ids"]).any()


@pytest.mark.usefixtures("private_session")
def test_new_passages_join_existing_groups(library, engine):
    """A few new passages join the groups of the topic map, and no group moves."""
    before = engine.landscape(GUEST)
    add_session(library, title="More", lines=[("Ben", SUBJECTS["garden"] + " today")] * 3)

    after = engine.landscape(GUEST)

    assert after.passages == before.passages + 3
    assert {g.path: g.place for g in after.groups} == {g.path: g.place for g in before.groups}


def test_few_passages_are_points_at_once(library, engine):
    """A topic map of few passages shows points and no groups."""
    built = add_session(library)

    found = engine.landscape(GUEST)

    assert [spot.passage_id for spot in found.spots] == built.passage_ids
    assert found.groups == ()


def test_an_empty_library_has_an_empty_map(library, embedder):
    """An empty library has an empty topic map. Without an embedding model there is no map."""
    empty = Engine(library, embedder).landscape(GUEST)
    assert replace(empty, drawn_at=None) == MapLevel((), [], 0, (), [])
    assert Engine(library, None).landscape(GUEST) is None


@pytest.mark.parametrize("path", [(200,), (0, 0, 0, 0, 0, 0, 0, 0), (7, 7)])
def test_an_unknown_path_is_not_found(library, engine, path):
    """A group that the topic map does not have gives a not-found error."""
    add_session(library)

    with pytest.raises(NotFoundError):
        engine.landscape(GUEST, path)


def test_equal_passages_end_as_points(library, engine):
    """Many passages with equal text are all shown as points of the topic map."""
    add_session(library, lines=[("Ada", "The same again")] * (FEW + 20))

    found = engine.landscape(GUEST)

    assert len(reached(engine, GUEST)) == found.passages == FEW + 20


def test_a_damaged_map_is_rebuilt(library, engine, embedder):
    """A topic map is rebuilt if its file is damaged."""
    add_session(library, lines=[("Ada", f"{SUBJECTS['harbour']} {n}") for n in range(80)])
    engine.landscape(GUEST)
    (path,) = library.settings.home.glob("index/*/map.npz")
    path.write_bytes(path.read_bytes()[:100])

    assert Engine(library, embedder).landscape(GUEST).passages == 80


def test_a_large_map_is_drawn_by_the_worker(library, embedder, private_session):
    """The worker builds a large topic map. Until then, the previous map, if any, is shown."""
    engine = Engine(library, embedder)
    engine._landscapes = TopicMap(library.settings, at_once=10)

    first = engine.landscape(GUEST)
    drawn = [draw_wanted(library, lambda: embedder) for _ in range(2)]
    second = engine.landscape(GUEST)
    for number in range(3):
        lines = [("Ada", f"Bridges carry {number} trains across {n} valleys") for n in range(40)]
        add_session(library, title=f"Bridges {number}", lines=lines)
    third = engine.landscape(GUEST)
    draw_wanted(library, lambda: embedder)
    fourth = engine.landscape(GUEST)

    assert (first.drawing, first.groups, first.drawn_at) == (True, (), None)
    assert drawn == [True, False]
    assert (second.drawing, second.passages, len(second.groups) > 1) == (False, 120, True)
    assert (third.drawing, third.passages, len(third.groups) > 1) == (True, 240, True)
    assert (fourth.drawing, fourth.passages) == (False, 240)
