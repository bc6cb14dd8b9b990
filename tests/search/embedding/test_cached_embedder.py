"""Tests of the cache of embeddings."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from search.embedding import cached_embedder
from search.embedding.cached_embedder import CachedEmbedder
from tests.fakes import BagOfWordsEmbedder


class CountingEmbedder(BagOfWordsEmbedder):
    """Embedder that counts the texts that it embeds."""

    def __init__(self) -> None:
        self.embedded = 0

    def embed(self, texts):
        """Return bag-of-words embeddings and count the texts."""
        self.embedded += len(texts)
        return super().embed(texts)


def test_a_text_is_embedded_once() -> None:
    """A text is embedded once, also if it is repeated in a later call. Vectors are correct."""
    inner = CountingEmbedder()
    embedder = CachedEmbedder(inner)

    first = embedder.embed(["one", "two", "one"])
    again = embedder.embed(["two", "one", "three"])

    assert inner.embedded == 3
    assert np.array_equal(first[:2], again[[1, 0]])
    assert np.array_equal(again, BagOfWordsEmbedder().embed(["two", "one", "three"]))


def test_no_texts_give_no_rows() -> None:
    """Embedding no texts returns shape (0, 256)."""
    assert CachedEmbedder(BagOfWordsEmbedder()).embed([]).shape == (0, 256)


def test_the_oldest_vector_is_removed_first() -> None:
    """A full cache removes the oldest vector, which is then computed again."""
    inner = CountingEmbedder()
    embedder = CachedEmbedder(inner)
    embedder.embed([f"text {n}" for n in range(cached_embedder.KEPT + 1)])

    embedder.embed(["text 1"])
    kept = inner.embedded
    embedder.embed(["text 0"])

    assert kept == cached_embedder.KEPT + 1
    assert inner.embedded == kept + 1


def test_threads_get_their_own_vectors() -> None:
    """Concurrent threads get the vectors of their own texts."""
    embedder = CachedEmbedder(BagOfWordsEmbedder())
    asked = [[f"text {n % 7}", f"text {n % 5}"] for n in range(200)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(embedder.embed, asked))

    for texts, rows in zip(asked, answers, strict=True):
        assert np.array_equal(rows, BagOfWordsEmbedder().embed(texts))
