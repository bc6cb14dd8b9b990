"""Vectors of sentences that come up again: questions on one subject meet the same passages."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from search.embed import Embedder, Vectors

KEPT = 8192  # texts; with 384 numbers each they take 12 MiB


class RememberingEmbedder:
    """An embedder that keeps the vectors of the texts that were asked for last."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self.dimension = embedder.dimension
        self.words = embedder.words
        self._embedder = embedder
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._changing = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text: shape (len(texts), dimension)."""
        with self._changing:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        fresh = [text for text in dict.fromkeys(texts) if text not in found]
        if fresh:
            rows = self._embedder.embed(fresh)
            found.update((text, row.copy()) for text, row in zip(fresh, rows, strict=True))
        with self._changing:
            for text in texts:
                self._kept[text] = found[text]
                self._kept.move_to_end(text)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([found[text] for text in texts])
