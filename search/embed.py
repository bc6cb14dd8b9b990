"""Text becomes vectors; home of sentence-transformers and ONNX Runtime."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns text into unit vectors."""

    model: str  # name that is kept beside every vector
    dimension: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length for each text: shape (len(texts), dimension)."""
