"""Tests of reindexing with a new model beside the old one."""

import threading

import numpy as np

from library.access import GUEST
from library.sessions import passages
from library.store import Library
from search.engine import Engine
from search.index import active_model
from search.indexing import reindex as reindexing
from search.indexing.reindex import reindex
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

LINES = [("Ada", f"The walrus number {n} waits for low tide.") for n in range(6)]


class NewModel(BagOfWordsEmbedder):
    """Embedding model with other vectors, which can raise an error after some batches."""

    model = "new-model"

    def __init__(self, stop_after: int = 1000) -> None:
        self._left = stop_after

    def embed_passages(self, texts):
        """Return reversed bag-of-words vectors.

        After `stop_after` calls, raise KeyboardInterrupt instead.
        """
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        return np.ascontiguousarray(super().embed_passages(texts)[:, ::-1])


def embedded(library: Library, model: str) -> tuple[int, int]:
    with library.reading() as db:
        return passages.counts(db, model=model)


def test_an_interrupted_reindexing_is_continued(library, monkeypatch) -> None:
    """After an interruption, the next run embeds only the remaining passages."""
    monkeypatch.setattr(reindexing, "BATCH", 2)
    add_session(library, lines=LINES)
    reports: list[tuple[int, int]] = []

    try:
        reindex(library, NewModel(stop_after=1))
    except KeyboardInterrupt:
        stopped_at = embedded(library, "new-model")
    done = reindex(library, NewModel(), progress=lambda *now: reports.append(now))

    assert stopped_at == (6, 2)
    assert done == 4
    assert reports == [(2, 6), (4, 6), (6, 6)]
    assert embedded(library, "bag-of-words") == (6, 6)


def test_the_old_model_answers_until_the_new_one_is_complete(library, monkeypatch) -> None:
    """The old model answers questions until all passages have vectors of the new model."""
    old = BagOfWordsEmbedder()
    monkeypatch.setattr(active_model, "open_embedder", lambda _settings: old)
    monkeypatch.setattr(active_model, "CHECK_INTERVAL", 0.0)
    add_session(library, lines=LINES)
    new = NewModel()
    engine = Engine(library, new)

    before = engine.rank("walrus waits for low tide", GUEST).passages[0].parts["meaning"]
    used_before = new._left
    reindex(library, new)
    engine.search("walrus", GUEST)
    for thread in threading.enumerate():
        if thread.name == "change-model":
            thread.join(300)
    used = new._left
    after = engine.rank("walrus waits for low tide", GUEST).passages[0].parts["meaning"]

    assert used_before == 1000
    assert new._left < used
    assert abs(before - after) < 0.01
