"""Tests of the second ranking of the first passages."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from library.access import GUEST
from library.models import Visibility
from library.settings import Settings
from search.embedding.cross_encoder import CrossEncoder
from search.engine import Engine
from search.ranking.reranking import FIRST, rerank
from tests.builders import add_session
from tests.tiny_cross_encoder import write_cross_encoder

QUESTION = "What helps with feedback?"


class Reversing:
    """Scorer that gives later passages higher scores, and records the passages that it got."""

    def __init__(self, *, failing: bool = False) -> None:
        self.read: list[str] = []
        self.failing = failing

    def scores(self, question: str, passages: Sequence[str]) -> np.ndarray | None:
        """Return the position of each passage as its score."""
        self.read += passages
        return None if self.failing else np.arange(len(passages), dtype=np.float32)


@pytest.fixture
def talks(library, embedder):
    """Library with 60 passages that contain the words of the question."""
    words = "What helps with feedback is number"
    lines = [("Ada", f"{words} {number}" + " and more" * number) for number in range(FIRST + 10)]
    add_session(library, lines=lines, embedder=embedder)
    return library


def test_the_first_passages_change_their_order(talks, embedder, mentee) -> None:
    """The first passages come in the order of the scorer. The others keep their places."""
    plain = Engine(talks, embedder).rank(QUESTION, mentee.viewer)

    again = Engine(talks, embedder, Reversing()).rank(QUESTION, mentee.viewer)

    before, after = ([p.passage_id for p in ranking.passages] for ranking in (plain, again))
    assert after[:FIRST] == before[:FIRST][::-1]
    assert after[FIRST:] == before[FIRST:]


def test_scores_and_evidence_stay(talks, embedder, mentee) -> None:
    """Places keep their scores, the best first. Whether there is an answer does not change."""
    plain = Engine(talks, embedder).rank(QUESTION, mentee.viewer)

    again = Engine(talks, embedder, Reversing()).rank(QUESTION, mentee.viewer)

    assert [p.score for p in again.passages[:FIRST]] == sorted(
        (p.score for p in plain.passages[:FIRST]), reverse=True
    )
    assert (again.evidence, again.question.text) == (plain.evidence, plain.question.text)


def test_a_failure_keeps_the_order(talks, embedder, mentee) -> None:
    """If the scorer has no scores, the ranking is as without it."""
    plain = Engine(talks, embedder).rank(QUESTION, mentee.viewer)

    assert (
        Engine(talks, embedder, Reversing(failing=True)).rank(QUESTION, mentee.viewer).passages
        == plain.passages
    )


def test_a_question_without_text_is_not_ranked_again(talks, embedder, mentee) -> None:
    """A question without text gives the scorer nothing to read."""
    scorer = Reversing()

    Engine(talks, embedder, scorer).rank("  ", mentee.viewer)

    assert scorer.read == []


def test_the_scorer_reads_only_what_the_viewer_may_see(library, embedder) -> None:
    """The texts of private sessions are not given to the scorer, even if they were ranked."""
    add_session(library, lines=[("Ada", "What helps with feedback")], embedder=embedder)
    private = [("Ben", "What helps with private feedback")]
    add_session(library, lines=private, visibility=Visibility.PRIVATE, embedder=embedder)
    engine, scorer = Engine(library, embedder), Reversing()
    ranking = engine.rank(QUESTION, GUEST)
    with library.reading() as db:
        everything = [replace(ranking.passages[0], passage_id=number) for number in (1, 2)]

        rerank(db, GUEST, replace(ranking, passages=everything), scorer)

    assert len(scorer.read) == 1
    assert "private" not in scorer.read[0]


def test_a_page_of_results_shows_the_order_of_a_cross_encoder(
    library, embedder, mentee, tmp_path
) -> None:
    """A real cross-encoder in a folder brings a passage to the top of the page of results."""
    write_cross_encoder(tmp_path, "bicycle")
    asked = "Tell me what helps"
    for words in ("Tell me what helps with fonts", "A bicycle helps"):
        add_session(library, title=words, lines=[("Ada", words)], embedder=embedder)
    scorer = CrossEncoder(Settings(rerank_model=str(tmp_path)))

    plain, again = (
        Engine(library, embedder, model).explore(asked, mentee.viewer).answer.sessions
        for model in (None, scorer)
    )

    assert plain[0].title == "Tell me what helps with fonts"
    assert again[0].title == "A bicycle helps"
