"""LRU cache of text vectors, because similar questions need vectors of the same sentences."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from search.embedding.embedder import Embedder, Vectors

CAPACITY = 8192  # cached texts; 12 MiB with 384 dimensions


class CachedEmbedder:
    """Embedder with an LRU cache of recent texts."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self.dimension = embedder.dimension
        self.words = embedder.words
        self._embedder = embedder
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._changing = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, `(len(texts), dimension) float32`."""
        with self._changing:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
        fresh = [text for text in dict.fromkeys(texts) if text not in found]
        if fresh:
            rows = self._embedder.embed(fresh)
            found.update((text, row.copy()) for text, row in zip(fresh, rows, strict=True))
        with self._changing:
            for text in texts:
                self._vectors[text] = found[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > CAPACITY:
                self._vectors.popitem(last=False)
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([found[text] for text in texts])
