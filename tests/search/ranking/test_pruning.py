"""Tests of pruning: blocks of passages that cannot be among the best are skipped."""

import numpy as np

from library.access import GUEST, Viewer
from library.models import Role, Visibility
from search.engine import Engine
from search.ranking import pruning
from tests.builders import add_session

ADMIN = Viewer(role=Role.ADMIN)


def test_pruning_finds_the_passages_of_a_full_scan(library, embedder, monkeypatch) -> None:
    """With pruning, the ten best passages are the same as in a full scan, for all viewers."""
    chance = np.random.default_rng(5)
    words = np.array(
        [
            "budget",
            "team",
            "bridge",
            "garden",
            "school",
            "launch",
            "letter",
            "winter",
            "music",
            "river",
        ]
    )
    for number in range(60):
        lines = [("Ada", " ".join(chance.choice(words, 12)) + f" {n}.") for n in range(12)]
        visibility = Visibility.PUBLIC if number % 3 == 0 else Visibility.PRIVATE
        add_session(library, title=f"{number}", lines=lines, visibility=visibility)
    engine = Engine(library, embedder)
    questions = ("budget of the team", "winter music by the river", "letter garden")

    unpruned = [[p.passage_id for p in engine.rank(q, v, depth=10).passages]
             for q in questions for v in (ADMIN, GUEST)]  # fmt: skip
    monkeypatch.setattr(pruning, "WHOLE", 30)
    monkeypatch.setattr(pruning, "CHOSEN", 30)
    pruned = [[p.passage_id for p in engine.rank(q, v, depth=10).passages]
              for q in questions for v in (ADMIN, GUEST)]  # fmt: skip

    assert pruned == unpruned
