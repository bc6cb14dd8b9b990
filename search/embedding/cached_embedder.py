"""LRU cache of text vectors, because searches embed the same texts again and again."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from search.embedding.embedder import Embedder
from search.embedding.text_vectors import Vectors

CAPACITY = 8192  # cached texts; 12 MiB with 384 dimensions


class CachedEmbedder:
    """Embedder with an LRU cache of recent texts."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self.dimension = embedder.dimension
        self._embedder = embedder
        self._vectors: OrderedDict[tuple[bool, str], Vectors] = OrderedDict()
        self._changing = threading.Lock()

    @property
    def words(self) -> frozenset[str]:
        """Tokenizer entries that are whole words."""
        return self._embedder.words

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each question, `(len(texts), dimension) float32`."""
        return self._embed([(True, text) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each passage, `(len(texts), dimension) float32`."""
        return self._embed([(False, text) for text in texts])

    def _embed(self, keys: Sequence[tuple[bool, str]]) -> Vectors:
        """Return the vector of each text, `(len(keys), dimension) float32`.

        Args:
            keys: (True, text) for each question, or (False, text) for each passage, not mixed.
        """
        with self._changing:
            found = {key: self._vectors[key] for key in keys if key in self._vectors}
        fresh = [key for key in dict.fromkeys(keys) if key not in found]
        if fresh:
            embed = self._embedder.embed_questions if fresh[0][0] else self._embedder.embed_passages
            rows = embed([text for _, text in fresh])
            found.update((key, row.copy()) for key, row in zip(fresh, rows, strict=True))
        with self._changing:
            for key in keys:
                self._vectors[key] = found[key]
                self._vectors.move_to_end(key)
            while len(self._vectors) > CAPACITY:
                self._vectors.popitem(last=False)
        if not keys:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([found[key] for key in keys])
