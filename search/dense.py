"""The vectors of passages: which of them are nearest; home of FAISS."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Halves = NDArray[np.float16]
Codes = NDArray[np.uint8]
Cosines = NDArray[np.float32]

LARGE = 60_000  # vectors from which on a scan of their codes comes first
SUBSPACES = 2  # numbers of a vector that a code of four bits stands for, at least
TRAINED_ON = 20_000  # vectors that the codes are fitted to
ROUNDS = 15  # of finding the middles of groups
FEW = 8  # where fewer than one in so many may be found, these are compared and no others
# Vectors that are compared exactly, picked by their codes: so many for each one that is wanted …
SPARE = 4
SPARE_OF = 250  # … and one in so many of all, because codes err more often among more


class DenseIndex(Protocol):
    """Vectors in rows; another engine can stand in by answering these."""

    def __len__(self) -> int:
        """How many rows there are."""

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Mask | None = None
    ) -> tuple[Rows, Cosines]:
        """The rows nearest to *vector* and their cosines, nearest first.

        Args:
            vector: of unit length, shape (dimension,).
            count: how many at most.
            among: which rows may be found, shape (rows,); None for all of them.
        """

    def halves(self) -> Halves:
        """All vectors, shape (rows, dimension); a view, not to be written."""


class FlatIndex:
    """An exact scan over float16 vectors (FAISS scalar quantizer).

    Graphs and cells are faster, but lose hits in silence under a narrow filter, and who may see
    what is just such a filter (Douze et al. 2024, "The Faiss library").
    """

    def __init__(self, vectors: Halves) -> None:
        self._vectors = vectors
        self._scan = _scan(vectors)

    def __len__(self) -> int:
        return len(self._vectors)

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Mask | None = None
    ) -> tuple[Rows, Cosines]:
        """The rows nearest to *vector* and their cosines, nearest first."""
        if among is None:
            return _searched(self._scan, vector, min(count, len(self)))
        allowed = np.flatnonzero(among)
        if FEW * len(allowed) < len(self):
            return exactly(self._vectors, vector, count, allowed)
        return _searched(self._scan, vector, min(count, len(allowed)), _only(among))

    def halves(self) -> Halves:
        """All vectors, shape (rows, dimension); a view, not to be written."""
        return self._vectors


class CodedIndex:
    """A scan over short codes, and an exact comparison of the nearest of them.

    Product quantization with four bits (Jégou, Douze & Schmid 2011; André, Kermarrec & Le
    Scouarnec 2017): eight times less to read than the vectors, which may stay on disk.
    """

    def __init__(self, vectors: Halves, codes: Codes, codebook: Codes) -> None:
        import faiss

        self.codes = codes  # shape (rows, bytes)
        self.codebook = codebook  # FAISS's own serialisation
        self._vectors = vectors
        flat: Any = faiss.deserialize_index(np.array(codebook))
        flat.add_sa_codes(np.ascontiguousarray(codes))
        self._scan: Any = faiss.IndexPQFastScan(flat)
        self._whole = _scan(vectors)
        # Compares what the scan picks where it lies, instead of gathering it first.
        self._both: Any = faiss.IndexRefine(self._scan, self._whole)

    def __len__(self) -> int:
        return len(self._vectors)

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Mask | None = None
    ) -> tuple[Rows, Cosines]:
        """The rows nearest to *vector* and their cosines, nearest first."""
        picked = SPARE * count + len(self) // SPARE_OF
        if among is None:
            if picked >= len(self):
                return _searched(self._whole, vector, min(count, len(self)))
            return _searched(self._both, vector, count, _picking(picked / count))
        allowed = np.flatnonzero(among)
        if FEW * len(allowed) < len(self):
            return exactly(self._vectors, vector, count, allowed)
        asked = int(1.25 * picked * len(self) / max(1, len(allowed)))
        while len(allowed) > picked and asked < len(self):
            _, (rows,) = self._scan.search(vector[None, :], asked)
            rows = rows[among[rows]]
            if len(rows) >= picked:  # the nearest by their codes come first
                return exactly(self._vectors, vector, count, np.sort(rows[:picked]))
            asked *= 4
        return exactly(self._vectors, vector, count, allowed)

    def halves(self) -> Halves:
        """All vectors, shape (rows, dimension); a view, not to be written."""
        return self._vectors


def open_vectors(
    vectors: Halves, codes: Codes | None = None, codebook: Codes | None = None
) -> DenseIndex:
    """The index of these vectors; many of them get codes, unless they come with them.

    Args:
        vectors: of unit length, shape (rows, dimension).
        codes: of the first of them, as a `CodedIndex` holds them.
        codebook: that these were made with.
    """
    if len(vectors) < LARGE:
        return FlatIndex(vectors)
    codebook = _fitted(vectors) if codebook is None else codebook
    known = 0 if codes is None else len(codes)
    if codes is None or known < len(vectors):
        fresh = _encoded(vectors[known:], codebook)
        codes = fresh if codes is None else np.concatenate([codes, fresh])
    return CodedIndex(vectors, codes, codebook)


def joined_vectors(several: Sequence[DenseIndex], kept: Sequence[Mask]) -> DenseIndex:
    """One index of the rows that are kept of several; codes that the first has are used again."""
    vectors = [index.halves()[rows] for index, rows in zip(several, kept, strict=True)]
    first = several[0]
    if isinstance(first, CodedIndex):
        return open_vectors(np.concatenate(vectors), first.codes[kept[0]], first.codebook)
    return open_vectors(np.concatenate(vectors))


def exactly(
    vectors: Halves, vector: NDArray[np.float32], count: int, among: Rows
) -> tuple[Rows, Cosines]:
    """The nearest of some rows, by their exact cosines."""
    best, cosines = _searched(_scan(vectors[among]), vector, min(count, len(among)))
    return among[best], cosines


def _scan(vectors: Halves) -> Any:
    """A scan over these vectors where they are: nothing is copied, so they must stay."""
    import faiss

    untyped: Any = faiss  # its wrappers take arrays and names that its types do not know
    scan: Any = faiss.IndexScalarQuantizer(
        vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    # The quantizer's code of a float16 vector is the vector itself.
    codes = np.ascontiguousarray(vectors).view(np.uint8).ravel()
    if len(codes):
        scan.codes = untyped.MaybeOwnedVectorUInt8.create_view(
            untyped.swig_ptr(codes), codes.nbytes, scan.codes.owner
        )
    scan.ntotal = len(vectors)
    scan.referenced_objects = [codes]  # kept for as long as the scan is
    return scan


def _searched(
    scan: Any, vector: NDArray[np.float32], count: int, parameters: Any = None
) -> tuple[Rows, Cosines]:
    if count == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    cosines, rows = scan.search(vector[None, :], count, params=parameters)
    return rows[0], cosines[0]


def _only(among: Mask) -> Any:
    """What keeps a scan to these rows."""
    import faiss

    untyped: Any = faiss  # its wrappers take arrays and names that its types do not know
    bits = np.packbits(among, bitorder="little")
    return untyped.SearchParameters(sel=untyped.IDSelectorBitmap(bits))


def _picking(times: float) -> Any:
    """What makes a scan pick so many times what is wanted, to be compared exactly."""
    import faiss

    untyped: Any = faiss  # its wrappers take names that its types do not know
    return untyped.IndexRefineSearchParameters(k_factor=times)


def _fitted(vectors: Halves) -> Codes:
    """A codebook for vectors like these."""
    import faiss

    dimension = vectors.shape[1]
    parts = max(n for n in range(1, dimension // SUBSPACES + 1) if dimension % n == 0)
    coder = faiss.IndexPQ(dimension, parts, 4, faiss.METRIC_INNER_PRODUCT)
    coder.train(vectors[:: max(1, len(vectors) // TRAINED_ON)].astype(np.float32))
    codebook: Codes = faiss.serialize_index(coder)
    return codebook


def _encoded(vectors: Halves, codebook: Codes) -> Codes:
    import faiss

    coder: Any = faiss.deserialize_index(np.array(codebook))
    steps = range(0, len(vectors), TRAINED_ON)
    codes = [coder.sa_encode(vectors[i : i + TRAINED_ON].astype(np.float32)) for i in steps]
    return np.concatenate(codes)


def stacked(vectors: Sequence[bytes | None], dimension: int) -> Halves:
    """Vectors as they are kept in the library, one a row; zeros where there is none yet."""
    rows = np.zeros((len(vectors), dimension), dtype="<f2")
    for row, kept in enumerate(vectors):
        if kept is not None:
            rows[row] = np.frombuffer(kept, dtype="<f2")
    return rows


def centres(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The middles of *count* groups of vectors that are near each other, of unit length.

    Spherical k-means (Dhillon & Modha 2001), the same each time: shape (count, dimension).
    """
    import faiss

    means = faiss.Kmeans(
        vectors.shape[1],
        count,
        niter=ROUNDS,
        seed=1,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=len(vectors),
    )
    means.train(np.ascontiguousarray(vectors, dtype=np.float32))
    return np.asarray(means.centroids, dtype=np.float32)
