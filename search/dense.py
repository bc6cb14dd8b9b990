"""Vectors and their nearest; home of FAISS."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class DenseIndex(Protocol):
    """Vectors in rows; another engine can stand in by answering these."""

    def __len__(self) -> int:
        """How many rows there are."""

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Rows | None = None
    ) -> tuple[Rows, NDArray[np.float32]]:
        """The rows nearest to *vector* and their cosines, nearest first.

        Args:
            vector: of unit length, shape (dimension,).
            count: how many at most.
            among: the only rows that may be found, ascending; None for all of them.
        """

    def halves(self) -> NDArray[np.float16]:
        """All vectors, shape (rows, dimension); a view, not to be written."""


class FaissIndex:
    """An exact scan over float16 vectors (FAISS scalar quantizer).

    Graphs and cells are faster, but lose hits in silence under a narrow filter, and who may see
    what is just such a filter (Douze et al. 2024, "The Faiss library").
    """

    def __init__(self, vectors: NDArray[np.float16]) -> None:
        import faiss

        self._faiss: Any = faiss
        count, dimension = vectors.shape
        self._index: Any = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        # The quantizer's code of a float16 vector is the vector itself.
        codes = np.ascontiguousarray(vectors).view(np.uint8).reshape(count, 2 * dimension)
        self._index.add_sa_codes(codes)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Rows | None = None
    ) -> tuple[Rows, NDArray[np.float32]]:
        """The rows nearest to *vector* and their cosines, nearest first."""
        count = min(count, len(self) if among is None else len(among))
        if count == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if among is not None and 8 * len(among) < len(self):
            return self._gathered(vector, count, among)
        parameters = None
        if among is not None:
            chosen = np.zeros(len(self), dtype=bool)
            chosen[among] = True
            bits = np.packbits(chosen, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(bits)
            parameters = self._faiss.SearchParameters(sel=selector)
        cosines, rows = self._index.search(vector[None, :], count, params=parameters)
        return rows[0], cosines[0]

    def halves(self) -> NDArray[np.float16]:
        """All vectors, shape (rows, dimension); a view, not to be written."""
        raw = self._faiss.rev_swig_ptr(self._index.codes.data(), self._index.codes.size())
        codes: NDArray[np.float16] = raw.view(np.float16).reshape(len(self), self._index.d)
        return codes

    def _gathered(
        self, vector: NDArray[np.float32], count: int, among: Rows
    ) -> tuple[Rows, NDArray[np.float32]]:
        """Few rows: their product directly, instead of a scan that skips nearly everything."""
        cosines = self.halves()[among].astype(np.float32) @ vector
        best = np.argsort(-cosines, kind="stable")[:count]
        return among[best], cosines[best]


def stacked(vectors: Sequence[bytes | None], dimension: int) -> NDArray[np.float16]:
    """Vectors as they are kept in the library, one a row; zeros where there is none yet."""
    rows = np.zeros((len(vectors), dimension), dtype="<f2")
    for row, kept in enumerate(vectors):
        if kept is not None:
            rows[row] = np.frombuffer(kept, dtype="<f2")
    return rows
