"""Choice of the embedding model for queries. A new model must embed all passages first."""

import logging
import threading
import time
from dataclasses import dataclass, replace

from library.errors import WeightsError
from library.sessions import passages
from library.store import Library, Transaction
from search.embedding.embedder import Embedder, open_embedder
from search.index.live_index import LiveIndex

logger = logging.getLogger(__name__)

CHECK_INTERVAL = 2.0  # seconds between two checks for completeness of the new model


@dataclass(frozen=True)
class ActiveModel:
    """An embedder and the index of its vectors; without an embedder, a lexical index only."""

    embedder: Embedder | None
    index: LiveIndex
    complete: bool  # no switch to another model is pending


class ModelSwitch:
    """Selection of the active model. It switches when a new model has embedded all passages."""

    def __init__(self, library: Library, wanted: Embedder | None) -> None:
        self._library = library
        self._wanted = wanted
        self._serving: ActiveModel | None = None
        self._choosing = threading.Lock()
        self._building = threading.Lock()
        self._looked_at = 0.0  # seconds of the monotonic clock

    def current(self, db: Transaction) -> ActiveModel:
        """Return the embedder and index that serve queries now."""
        if self._serving is None:
            with self._choosing:
                if self._serving is None:
                    self._serving = self._chosen(db)
        elif not self._serving.complete and time.monotonic() - self._looked_at > CHECK_INTERVAL:
            self._looked_at = time.monotonic()
            if self._is_complete(db) and self._building.acquire(blocking=False):
                threading.Thread(target=self._change, name="change-model", daemon=True).start()
        return self._serving

    def _chosen(self, db: Transaction) -> ActiveModel:
        if self._wanted is None:
            return ActiveModel(None, LiveIndex(self._library, model="", dimension=1), complete=True)
        complete = self._is_complete(db)
        embedder: Embedder | None = self._wanted
        if not complete and (better := passages.model_with_most(db)) not in {
            None,
            self._wanted.model,
        }:
            embedder = self._opened(str(better))
        return _serving(self._library, embedder or self._wanted, complete=complete)

    def _is_complete(self, db: Transaction) -> bool:
        if self._wanted is None:
            return True
        total, embedded = passages.counts(db, model=self._wanted.model)
        return total == embedded

    def _opened(self, model: str) -> Embedder | None:
        """Return the embedder named *model*; None if its files are missing or damaged."""
        try:
            return open_embedder(replace(self._library.settings, embedding_model=model))
        except WeightsError as error:
            logger.warning("The vectors of the earlier model cannot be used: %s", error)
            return None

    def _change(self) -> None:
        """Build the index of the new model beside the old index, then use the new model."""
        try:
            if self._wanted is None:
                return
            coming = _serving(self._library, self._wanted, complete=True)
            with self._library.reading() as db:
                coming.index.whole(db)
            self._serving = coming
            logger.info("Search uses the model %s now.", self._wanted.model)
        finally:
            self._building.release()


def _serving(library: Library, embedder: Embedder, *, complete: bool) -> ActiveModel:
    index = LiveIndex(library, model=embedder.model, dimension=embedder.dimension)
    return ActiveModel(embedder, index, complete)
