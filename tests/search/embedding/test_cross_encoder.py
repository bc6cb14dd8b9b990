"""Tests of the cross-encoder with a tiny model that the test makes."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from library.settings import Settings
from search.embedding.cross_encoder import CrossEncoder
from tests.tiny_cross_encoder import write_cross_encoder

QUESTION = "What should I buy?"
PASSAGES = ["Ada: ask for feedback", "Ben: a bicycle", "Cyd: fonts and feedback", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a model that prefers passages about bicycles."""
    folder = tmp_path_factory.mktemp("cross-encoder")
    write_cross_encoder(folder, "bicycle")
    return folder


@pytest.fixture
def opened(folder: Path) -> CrossEncoder:
    """The model of the folder, not loaded yet."""
    return CrossEncoder(Settings(rerank_model=str(folder)))


def test_each_passage_gets_its_score(opened) -> None:
    """Each passage gets one score. The passage that the model prefers has the highest."""
    scores = opened.scores(QUESTION, PASSAGES)

    assert (scores.shape, scores.dtype) == ((4,), np.float32)
    assert scores.argmax() == 1
    assert scores[1] > scores[0] == scores[2]


def test_without_passages_there_are_no_scores(opened) -> None:
    """Without passages, the model is not loaded."""
    assert opened.scores(QUESTION, []) is None
    assert opened._model is None


def test_threads_get_the_scores_of_one(opened) -> None:
    """Several threads that begin at the same time load one model and get the same scores."""
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: opened.scores(QUESTION, PASSAGES), range(16)))

    assert all((scores == found[0]).all() for scores in found)


def test_a_missing_model_is_logged_once(tmp_path, monkeypatch, caplog) -> None:
    """A model that is not on the computer gives no scores. The log says once how to fetch it."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    missing = CrossEncoder(Settings(rerank_model="ms-marco-MiniLM-L6-v2"))

    with caplog.at_level(logging.WARNING):
        found = [missing.scores(QUESTION, PASSAGES) for _ in range(3)]

    assert found == [None, None, None]
    (record,) = caplog.records
    assert "models fetch cross-encoder/ms-marco-MiniLM-L6-v2" in record.getMessage()


def test_a_damaged_model_is_logged_once(tmp_path, caplog) -> None:
    """A folder without a model gives no scores and is not tried again."""
    damaged = CrossEncoder(Settings(rerank_model=str(tmp_path)))

    with caplog.at_level(logging.WARNING, logger="search"):
        found = [damaged.scores(QUESTION, PASSAGES) for _ in range(3)]

    assert found == [None, None, None]
    assert len([r for r in caplog.records if "keep their order" in r.getMessage()]) == 1


def test_a_model_with_other_results_is_refused(tmp_path, caplog) -> None:
    """A model that gives several numbers for each passage ranks nothing."""
    write_cross_encoder(tmp_path, "bicycle", outputs=3)

    with caplog.at_level(logging.WARNING, logger="search"):
        found = CrossEncoder(Settings(rerank_model=str(tmp_path))).scores(QUESTION, PASSAGES)

    assert found is None
    assert "one number for each passage" in caplog.text
