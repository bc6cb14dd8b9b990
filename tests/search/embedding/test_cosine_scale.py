"""Tests of the scale of a model's cosines."""

import numpy as np
import pytest

from search.embedding.cosine_scale import LARGEST, SMALLEST, scale_of
from search.embedding.embedder import Embedder
from tests.fakes import BagOfWordsEmbedder


def test_unrelated_texts_have_small_cosines_with_minilm(real_embedder: Embedder) -> None:
    """MiniLM's cosine of unrelated texts is near 0, and equal texts have the similarity 1."""
    scale = scale_of(real_embedder)

    assert 0 < scale.mean < 0.15
    assert 0 < scale.deviation < 0.15
    assert scale.similarity(1.0) == pytest.approx(1)
    assert scale.similarity(scale.alike) == pytest.approx(0)


def test_a_model_without_differences_has_a_scale() -> None:
    """A model that gives all texts the same vector causes no division by zero."""

    class Constant(BagOfWordsEmbedder):
        def embed_passages(self, texts):
            return np.ones((len(texts), 1), dtype=np.float32)

        embed_questions = embed_passages

    scale = scale_of(Constant())

    assert scale.deviation == SMALLEST
    assert scale.similarity(np.array([LARGEST], dtype=np.float32)) == pytest.approx([0])
