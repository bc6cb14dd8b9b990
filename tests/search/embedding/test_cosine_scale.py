"""Tests of the scale of a model's cosines."""

import numpy as np

from search.embedding.cosine_scale import GREATEST, SMALLEST, scale_of
from search.embedding.embedder import Embedder
from tests.fakes import BagOfWordsEmbedder


def test_unrelated_texts_have_a_likeness_near_zero(real_embedder: Embedder) -> None:
    """Unrelated texts have a likeness near 0, texts with the same meaning a high one."""
    scale = scale_of(real_embedder)
    texts = [
        "We planted the apple trees in November, before the first frost.",
        "In late autumn, before it froze, the apple trees went into the ground.",
        "The invoice was paid twice, and nobody noticed until the audit.",
    ]
    one, same, other = real_embedder.embed_passages(texts)
    asked, again, about = real_embedder.embed_questions(
        ["When are apple trees planted?", "what month do I plant an apple tree", "Who paid twice?"]
    )

    cosines = np.array([one @ same, one @ other])
    near, far = scale.between_passages(cosines)
    assert (near > 0.5, far < 0.3) == (True, True)
    near, far = scale.between_questions(np.array([asked @ again, asked @ about]))
    assert (near > 0.6, far < 0.3) == (True, True)
    near, far = scale.passage_to_question(np.array([asked @ one, asked @ other]))
    assert (near > 0.4, far < 0.2) == (True, True)


def test_a_model_without_differences_has_a_scale() -> None:
    """A model that gives all texts the same vector has the smallest deviation."""

    class Constant(BagOfWordsEmbedder):
        def embed_passages(self, texts):
            return np.ones((len(texts), 1), dtype=np.float32)

        embed_questions = embed_passages

    scale = scale_of(Constant())

    assert scale.deviation == SMALLEST
    assert scale.passages == scale.questions == GREATEST
