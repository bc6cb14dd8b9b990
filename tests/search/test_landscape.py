"""The map of the passages: complete, steady, and made of what one may see alone."""

from dataclasses import replace

import numpy as np
import pytest

from ingest.maps import draw_wanted
from library.access import GUEST
from library.errors import NotFoundError
from library.holdings import passages
from library.models import Visibility
from search import kept_map
from search.engine import Engine
from search.landscape import FEW, Landscape, Landscapes
from tests.builders import add_session

SUBJECTS = {
    "feedback": "Honest feedback helps when given early and kindly by colleagues",
    "garden": "Tomatoes in the garden want sunlight water and patient pruning",
    "harbour": "Ships enter the harbour with pilots tugboats and lanterns",
}
SECRET = "zanzibarflamingo"
ALONE = {SECRET, "sleeps", "legs", "beside", "rivers"}  # words of what only its owner may see


@pytest.fixture
def engine(library, embedder):
    """An engine over the library."""
    return Engine(library, embedder)


@pytest.fixture
def shelf(library, mentor):
    """Forty public passages on each of three subjects, and as many private ones on a fourth."""
    for subject, words in SUBJECTS.items():
        lines = [("Ada", f"{words} {subject}{n}") for n in range(40)]
        add_session(library, title=subject, lines=lines)
    lines = [("Ada", f"The {SECRET} sleeps on {n} legs beside rivers") for n in range(40)]
    return add_session(
        library, title="Secret", lines=lines, owner=mentor, visibility=Visibility.PRIVATE
    )


@pytest.fixture
def viewers(mentor, mentee, admin):
    """Whoever may look; the mentor owns what is private."""
    return {
        "guest": GUEST,
        "mentee": mentee.viewer,
        "owner": mentor.viewer,
        "admin": admin.viewer,
    }


def walk(engine, viewer):
    """Every landscape of the map, from the top down."""
    rest = [()]
    while rest:
        found = engine.landscape(viewer, rest.pop())
        rest += [group.path for group in found.groups]
        yield found


def reached(engine, viewer):
    """The passages that are points somewhere on the map, in the order of their ids."""
    return sorted(spot.passage_id for found in walk(engine, viewer) for spot in found.spots)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("who", ["guest", "mentee", "owner", "admin"])
def test_each_passage_that_one_may_see_is_reached_once_and_no_other(library, engine, viewers, who):
    """Counts are of one's own, at each step of the way."""
    viewer = viewers[who]
    with library.reading() as db:
        rows = passages.rows_after(db, 0, model="bag-of-words")
    wanted = [r.id for r in rows if SECRET not in r.text or who in {"owner", "admin"}]

    assert engine.landscape(viewer).passages == len(wanted)
    assert reached(engine, viewer) == wanted
    for found in walk(engine, viewer):
        if found.groups:
            assert sum(group.passages for group in found.groups) == found.passages


@pytest.mark.usefixtures("shelf")
def test_groups_are_told_by_their_subjects(engine, mentor):
    """The words of a group are those of its subject; nobody's name is among them."""
    subjects = [set(words.lower().split()) for words in SUBJECTS.values()]
    subjects.append(ALONE)

    words = [set(group.words) for group in engine.landscape(mentor.viewer).groups]

    assert all(any(found <= subject for found in words) for subject in subjects)
    assert all("ada" not in found for found in words)


@pytest.mark.usefixtures("shelf")
def test_no_word_of_what_one_may_not_see_is_on_the_map(engine, mentee, mentor):
    """Not in a label, not after its owner has looked, and its groups are not there."""
    assert "rivers" in repr(engine.landscape(mentor.viewer).groups)

    for found in walk(engine, mentee.viewer):
        assert not ALONE & {word for group in found.groups for word in group.words}
        assert not ALONE & {word for words in found.words for word in words}
        assert all(SECRET not in spot.passage.text for spot in found.spots)


@pytest.mark.usefixtures("shelf")
def test_the_map_is_the_same_each_time_and_for_everybody(library, embedder, mentor, mentee):
    """A second process draws it alike; who sees more sees it in the same places."""
    first = Engine(library, embedder).landscape(mentor.viewer)
    kept_map.forget(library.settings, [1])  # it has to be drawn anew, not read
    again = Engine(library, embedder).landscape(mentor.viewer)
    less = Engine(library, embedder).landscape(mentee.viewer)

    assert [(g.path, g.words, g.place) for g in first.groups] == [
        (g.path, g.words, g.place) for g in again.groups
    ]
    assert {g.place for g in less.groups} <= {g.place for g in first.groups}
    assert sorted(g.path for g in less.groups) == [(n,) for n in range(len(less.groups))]


def test_words_that_are_taken_back_leave_the_map_and_the_disk(library, engine, mentor, shelf):
    """The file on disk holds numbers only, and is deleted when one of its passages has to go."""
    engine.landscape(mentor.viewer)
    (path,) = library.settings.home.glob("index/*/map.npz")
    with np.load(path) as kept:
        kinds = {kept[name].dtype.kind for name in kept.files}
    with library.transaction() as db:
        passages.remove_of_session(db, shelf.session_id)
    library.forget_passages(shelf.passage_ids)

    after = engine.landscape(mentor.viewer)

    assert kinds <= {"i", "u", "f"}
    assert SECRET not in repr(after.groups)
    assert not set(shelf.passage_ids) & set(reached(engine, mentor.viewer))
    with np.load(path) as kept:
        assert not np.isin(shelf.passage_ids, kept["ids"]).any()


@pytest.mark.usefixtures("shelf")
def test_newer_passages_join_the_groups_that_are_there(library, engine):
    """A few more draw no new map; they are counted and reached all the same."""
    before = engine.landscape(GUEST)
    add_session(library, title="More", lines=[("Ben", SUBJECTS["garden"] + " today")] * 3)

    after = engine.landscape(GUEST)

    assert after.passages == before.passages + 3
    assert {g.path: g.place for g in after.groups} == {g.path: g.place for g in before.groups}


def test_few_passages_are_points_at_once(library, engine):
    """Without a step between."""
    built = add_session(library)

    found = engine.landscape(GUEST)

    assert [spot.passage_id for spot in found.spots] == built.passage_ids
    assert found.groups == ()


def test_an_empty_library_has_an_empty_map(library, embedder):
    """And without a model there is none at all."""
    empty = Engine(library, embedder).landscape(GUEST)
    assert replace(empty, drawn_at=None) == Landscape((), [], 0, (), [])
    assert Engine(library, None).landscape(GUEST) is None


@pytest.mark.parametrize("path", [(200,), (0, 0, 0, 0, 0, 0, 0, 0), (7, 7)])
def test_a_place_that_is_not_there_is_not_found(library, engine, path):
    """An address may name anything."""
    add_session(library)

    with pytest.raises(NotFoundError):
        engine.landscape(GUEST, path)


def test_a_group_of_the_same_words_over_and_over_ends_in_points(library, engine):
    """What cannot be told apart is not parted forever."""
    add_session(library, lines=[("Ada", "The same again")] * (FEW + 20))

    found = engine.landscape(GUEST)

    assert len(reached(engine, GUEST)) == found.passages == FEW + 20


def test_a_damaged_map_is_drawn_anew(library, engine, embedder):
    """Whatever is in its file."""
    add_session(library, lines=[("Ada", f"{SUBJECTS['harbour']} {n}") for n in range(80)])
    engine.landscape(GUEST)
    (path,) = library.settings.home.glob("index/*/map.npz")
    path.write_bytes(path.read_bytes()[:100])

    assert Engine(library, embedder).landscape(GUEST).passages == 80


def test_a_large_map_is_drawn_by_the_worker_and_the_last_one_shown(library, embedder, shelf):
    """Whoever looks does not wait: first it is being drawn, then it is there, then it is dated."""
    engine = Engine(library, embedder)
    engine._landscapes = Landscapes(library.settings, at_once=10)

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
