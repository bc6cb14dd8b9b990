"""Tests of the background of a question's cosines."""

import numpy as np
import pytest
from numpy.typing import NDArray

from library.sessions.passages import IndexRow
from search.embedding.cosine_scale import CosineScale
from search.index.index_segment import build
from search.index.scope import Near, SegmentView
from search.ranking.score_background import (
    DEVIATION,
    LEAST,
    MEAN,
    ScoreBackground,
    score_background,
)

SCALE = CosineScale(mean=0.6, deviation=0.05, passages=0.6, questions=0.6)


def row(number: int, vector: NDArray[np.float16]) -> IndexRow:
    """Return the index row of a passage of source 1 without words."""
    return IndexRow(number, 1, 1, number, "", speakers=[], vector=vector.tobytes())


def test_the_background_comes_from_visible_vectors() -> None:
    """The mean cosine of the library leaves out removed passages and passages without vector."""
    vectors = np.zeros((600, 4), dtype=np.float16)
    vectors[:200, 0], vectors[200:400, 1] = 1, 1
    segment = build([row(number, vector) for number, vector in enumerate(vectors, start=1)], 4)
    removed = np.arange(600) < 200
    question = np.array([1, 0, 0, 0], dtype=np.float32)
    scale = CosineScale(mean=0.1, deviation=0.1, passages=0.1, questions=0.1)

    everything, rest = (
        score_background([SegmentView(segment)], question, scale),
        score_background([SegmentView(segment, removed)], question, scale),
    )

    assert 0.4 < everything.mean < 0.5
    assert 0.4 < everything.deviation < 0.5
    assert rest.mean < 0.05


def test_an_empty_library_has_the_background_of_unrelated_texts() -> None:
    """Without passages, mean and deviation are those of unrelated texts."""
    found = score_background([], np.ones(4, dtype=np.float32), SCALE)

    assert (found.mean, found.deviation) == pytest.approx((SCALE.mean, SCALE.deviation))


def test_similarities_do_not_depend_on_the_scale_of_the_model() -> None:
    """The mean cosine becomes `MEAN`, one deviation more `DEVIATION` more, no vector `LEAST`."""
    background = ScoreBackground(mean=0.6, deviation=0.05, scale=SCALE)
    cosines = np.array([0.6, 0.65, 0], dtype=np.float32)

    found = background.near(Near(np.arange(3, dtype=np.int32), cosines, np.float32(0.6)))

    assert found.cosines == pytest.approx([MEAN, MEAN + DEVIATION, LEAST], abs=1e-6)
    assert found.upper_bound == pytest.approx(MEAN)


def test_a_cosine_is_compared_with_those_of_unrelated_texts() -> None:
    """A similarity is given in deviations above unrelated texts, whatever the library holds."""
    blurred = ScoreBackground(mean=0.7, deviation=0.02, scale=SCALE)

    assert blurred.above_unrelated(MEAN) == pytest.approx(2)
