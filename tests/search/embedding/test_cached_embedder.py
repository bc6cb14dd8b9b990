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

    def embed_passages(self, texts):
        """Return bag-of-words vectors and count the texts."""
        self.embedded += len(texts)
        return super().embed_passages(texts)


def test_a_text_is_embedded_once() -> None:
    """The cache embeds each text only once, even if later calls repeat the text."""
    inner = CountingEmbedder()
    embedder = CachedEmbedder(inner)

    first = embedder.embed_passages(["one", "two", "one"])
    again = embedder.embed_passages(["two", "one", "three"])

    assert inner.embedded == 3
    assert np.array_equal(first[:2], again[[1, 0]])
    assert np.array_equal(again, BagOfWordsEmbedder().embed_passages(["two", "one", "three"]))


def test_no_texts_give_no_rows() -> None:
    """An empty list of texts gives an array without rows."""
    assert CachedEmbedder(BagOfWordsEmbedder()).embed_passages([]).shape == (0, 256)


def test_the_oldest_vector_is_removed_first() -> None:
    """A full cache drops the oldest vector. A later call computes that vector again."""
    inner = CountingEmbedder()
    embedder = CachedEmbedder(inner)
    embedder.embed_passages([f"text {n}" for n in range(cached_embedder.CAPACITY + 1)])

    embedder.embed_passages(["text 1"])
    first_count = inner.embedded
    embedder.embed_passages(["text 0"])

    assert first_count == cached_embedder.CAPACITY + 1
    assert inner.embedded == first_count + 1


def test_threads_get_their_own_vectors() -> None:
    """Threads that use the cache at the same time get the vectors of their own texts."""
    embedder = CachedEmbedder(BagOfWordsEmbedder())
    batches = [[f"text {n % 7}", f"text {n % 5}"] for n in range(200)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(embedder.embed_passages, batches))

    for texts, rows in zip(batches, answers, strict=True):
        assert np.array_equal(rows, BagOfWordsEmbedder().embed_passages(texts))


def test_questions_and_passages_are_kept_apart() -> None:
    """The same text has different vectors as a question and as a passage, also from the cache."""

    class Turned(BagOfWordsEmbedder):
        def embed_questions(self, texts):
            return -self.embed_passages(texts)

    embedder = CachedEmbedder(Turned())

    for _ in range(2):
        assert np.array_equal(embedder.embed_questions(["one"]), -embedder.embed_passages(["one"]))
