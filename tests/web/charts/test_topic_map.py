"""Tests of the drawing of the topic map."""

import math

import numpy as np

from search.overview.topic_map import Group, MapLevel
from web.charts import topic_map
from web.charts.topic_map import Frame, separate_discs


def test_discs_do_not_overlap_and_stay_inside():
    """The discs of the topic map do not overlap and stay inside the frame.

    The same positions give the same drawing.
    """
    frame = Frame(0, 0, 300, 300)
    places = [(0.1 * n, 0.02 * n * n) for n in range(5)]
    radii = [20.0, 30.0, 25.0, 20.0, 35.0]

    discs = separate_discs(places, radii, frame)

    for n, (x, y) in enumerate(discs):
        assert radii[n] - 1 <= x <= 301 - radii[n]
        assert radii[n] - 1 <= y <= 301 - radii[n]
        for m in range(n):
            assert math.dist(discs[n], discs[m]) >= radii[n] + radii[m] - 1
    assert separate_discs(places, radii, frame) == discs


def test_groups_are_links_with_their_words(app):
    """Each group of the topic map is a link with its words, or with a name if it has no words.

    An empty map is not drawn.
    """
    groups = [
        Group(path=(n,), passages=9, words=words, place=(n - 0.5, 0.0), dots=np.zeros((1, 2)))
        for n, words in enumerate([("garden", "water"), ()])
    ]
    level = MapLevel(path=(), words=(), passages=18, groups=groups)
    with app.test_request_context("/"):
        drawn = topic_map.drawn(level, lambda g: f"/map/{g.path[0]}", lambda _: ("", ""))
        empty = topic_map.drawn(MapLevel((), (), 0), lambda _: "", lambda _: ("", ""))

        assert topic_map.called(("garden", "water")) in drawn
        assert topic_map.called(()) in drawn
    assert 'href="/map/1"' in drawn
    assert empty == ""
