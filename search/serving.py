"""Which model's vectors answer: the wanted one's once they are complete, until then the old."""

import logging
import threading
import time
from dataclasses import dataclass, replace

from library.errors import WeightsError
from library.holdings import passages
from library.store import Library, Transaction
from search.embed import Embedder, open_embedder
from search.index import Index

logger = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds between two looks at whether the wanted model is complete


@dataclass(frozen=True)
class Serving:
    """An embedder and the index of its vectors; without one, the index of the words alone."""

    embedder: Embedder | None
    index: Index
    complete: bool  # nothing better is to be waited for


class Switch:
    """Gives what is served now, and changes it when a new model has embedded everything."""

    def __init__(self, library: Library, wanted: Embedder | None) -> None:
        self._library = library
        self._wanted = wanted
        self._serving: Serving | None = None
        self._choosing = threading.Lock()
        self._building = threading.Lock()
        self._looked_at = 0.0  # seconds of the monotonic clock

    def current(self, db: Transaction) -> Serving:
        """The embedder and index that answer now."""
        if self._serving is None:
            with self._choosing:
                if self._serving is None:
                    self._serving = self._chosen(db)
        elif not self._serving.complete and time.monotonic() - self._looked_at > PATIENCE:
            self._looked_at = time.monotonic()
            if self._is_complete(db) and self._building.acquire(blocking=False):
                threading.Thread(target=self._change, name="change-model", daemon=True).start()
        return self._serving

    def _chosen(self, db: Transaction) -> Serving:
        if self._wanted is None:
            return Serving(None, Index(self._library, model="", dimension=1), complete=True)
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
        """The embedder of an earlier model; None when its files are gone."""
        try:
            return open_embedder(replace(self._library.settings, embedding_model=model))
        except WeightsError as error:
            logger.warning("The vectors of the earlier model cannot be used: %s", error)
            return None

    def _change(self) -> None:
        """Build the index of the wanted model beside the old one, then let it answer."""
        try:
            if self._wanted is None:
                return
            coming = _serving(self._library, self._wanted, complete=True)
            with self._library.reading() as db:
                coming.index.whole(db)
            self._serving = coming
            logger.info("Questions are answered with %s now.", self._wanted.model)
        finally:
            self._building.release()


def _serving(library: Library, embedder: Embedder, *, complete: bool) -> Serving:
    index = Index(library, model=embedder.model, dimension=embedder.dimension)
    return Serving(embedder, index, complete)
