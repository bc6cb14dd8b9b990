"""Tests of the scale of a model's cosines."""

import numpy as np

from search.embedding.cosine_scale import SMALLEST, scale_of
from search.embedding.embedder import Embedder
from tests.fakes import BagOfWordsEmbedder


def test_unrelated_texts_have_small_cosines_with_minilm(real_embedder: Embedder) -> None:
    """MiniLM's cosine of unrelated texts is near 0."""
    scale = scale_of(real_embedder)

    assert 0 < scale.mean < 0.15
    assert 0 < scale.deviation < 0.15


def test_a_model_without_differences_has_a_scale() -> None:
    """A model that gives all texts the same vector has the smallest deviation."""

    class Constant(BagOfWordsEmbedder):
        def embed_passages(self, texts):
            return np.ones((len(texts), 1), dtype=np.float32)

        embed_questions = embed_passages

    scale = scale_of(Constant())

    assert scale.deviation == SMALLEST
