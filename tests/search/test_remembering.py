"""Vectors are remembered, and are those that the embedder gives."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from search import remembering
from search.remembering import RememberingEmbedder
from tests.fakes import BagOfWordsEmbedder


class CountingEmbedder(BagOfWordsEmbedder):
    """Counts the texts that it is given."""

    def __init__(self) -> None:
        self.embedded = 0

    def embed(self, texts):
        """Rows as the bag of words has them."""
        self.embedded += len(texts)
        return super().embed(texts)


def test_a_text_is_embedded_once() -> None:
    """In one call or in several, in whatever order."""
    inner = CountingEmbedder()
    embedder = RememberingEmbedder(inner)

    first = embedder.embed(["one", "two", "one"])
    again = embedder.embed(["two", "one", "three"])

    assert inner.embedded == 3
    assert np.array_equal(first[:2], again[[1, 0]])
    assert np.array_equal(again, BagOfWordsEmbedder().embed(["two", "one", "three"]))


def test_nothing_asked_is_nothing_given() -> None:
    """No texts, no rows, but of the right width."""
    assert RememberingEmbedder(BagOfWordsEmbedder()).embed([]).shape == (0, 256)


def test_what_was_asked_longest_ago_is_forgotten() -> None:
    """Memory is bounded, and what is forgotten is embedded anew."""
    inner = CountingEmbedder()
    embedder = RememberingEmbedder(inner)
    embedder.embed([f"text {n}" for n in range(remembering.KEPT + 1)])

    embedder.embed(["text 1"])
    kept = inner.embedded
    embedder.embed(["text 0"])

    assert kept == remembering.KEPT + 1
    assert inner.embedded == kept + 1


def test_many_threads_may_ask_at_once() -> None:
    """Everybody gets the vectors of their own texts."""
    embedder = RememberingEmbedder(BagOfWordsEmbedder())
    asked = [[f"text {n % 7}", f"text {n % 5}"] for n in range(200)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(embedder.embed, asked))

    for texts, rows in zip(asked, answers, strict=True):
        assert np.array_equal(rows, BagOfWordsEmbedder().embed(texts))
