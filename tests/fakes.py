"""Replacements of models in tests that need no real model."""

import re
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"\w+")


class BagOfWordsEmbedder:
    """Embedder that hashes each word into one of 256 bins."""

    model = "bag-of-words"
    dimension = 256
    words = frozenset(["bicycle", "fonts", "quarterly"])

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text, (n, 256) float32, as for a passage."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text, (n, 256) float32, also for a text without words."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in WORD.findall(text.lower()) or [""]:
                row[self._bin(word)] += 1
        lengths: NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / lengths

    def _bin(self, word: str) -> int:
        return int.from_bytes(blake2b(word.encode(), digest_size=4).digest()) % self.dimension
