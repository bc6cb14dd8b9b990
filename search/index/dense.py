"""Nearest-neighbour search over dense vectors of passages, with FAISS."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Halves = NDArray[np.float16]
Codes = NDArray[np.uint8]
Cosines = NDArray[np.float32]

LARGE = 60_000  # from this number of vectors on, product-quantization codes are scanned first
SUBSPACES = 2  # minimum number of vector components per code of four bits
TRAINED_ON = 20_000  # vectors used to train the codebook
ROUNDS = 15  # iterations of k-means
FEW = 8  # if fewer than 1/FEW of the rows are allowed, all allowed rows are compared exactly
# Candidates picked by code for the exact comparison: this many per requested row …
SPARE = 4
SPARE_OF = 250  # … plus 1/SPARE_OF of all rows, because codes err more often in large indexes


class DenseIndex(Protocol):
    """Nearest-neighbour index over vectors in rows. Other engines can implement this protocol."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Mask | None = None
    ) -> tuple[Rows, Cosines]:
        """Return the nearest rows `(k,) int64` and their cosines `(k,) float32`, nearest first.

        Args:
            vector: unit vector of the query, `(dimension,) float32`.
            count: maximum number of rows.
            among: mask of the allowed rows, `(rows,) bool`; None allows all.
        """

    def halves(self) -> Halves:
        """Return a read-only view of all vectors, `(rows, dimension) float16`."""


class FlatIndex:
    """An exact scan over float16 vectors (FAISS scalar quantizer).

    Graph and cell indexes (HNSW, IVF) are faster but lose hits under a narrow filter without
    notice. Access control is such a filter (Douze et al. 2024, "The Faiss library").
    """

    def __init__(self, vectors: Halves) -> None:
        self._vectors = vectors
        self._scan = _scan(vectors)

    def __len__(self) -> int:
        return len(self._vectors)

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Mask | None = None
    ) -> tuple[Rows, Cosines]:
        """Return the nearest rows `(k,) int64` and their cosines `(k,) float32`, nearest first."""
        if among is None:
            return _searched(self._scan, vector, min(count, len(self)))
        allowed = np.flatnonzero(among)
        if FEW * len(allowed) < len(self):
            return exact_nearest(self._vectors, vector, count, allowed)
        return _searched(self._scan, vector, min(count, len(allowed)), _only(among))

    def halves(self) -> Halves:
        """Return a read-only view of all vectors, `(rows, dimension) float16`."""
        return self._vectors


class CodedIndex:
    """A scan over product-quantization codes, reranked by exact cosines.

    The codes have four bits (Jégou, Douze & Schmid 2011; André, Kermarrec & Le Scouarnec 2017). The
    scan reads only codes, which have an eighth of the bytes of the vectors. The vectors may stay on
    disk.

    Attributes:
        codes: `(rows, bytes) uint8`.
        codebook: serialized FAISS index, `(bytes,) uint8`.
    """

    def __init__(self, vectors: Halves, codes: Codes, codebook: Codes) -> None:
        import faiss

        self.codes = codes  # (rows, bytes) uint8
        self.codebook = codebook  # FAISS serialization
        self._vectors = vectors
        flat: Any = faiss.deserialize_index(np.array(codebook))
        flat.add_sa_codes(np.ascontiguousarray(codes))
        self._scan: Any = faiss.IndexPQFastScan(flat)
        self._whole = _scan(vectors)
        # Reranks the candidates of the scan in place instead of copying them first.
        self._both: Any = faiss.IndexRefine(self._scan, self._whole)

    def __len__(self) -> int:
        return len(self._vectors)

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: Mask | None = None
    ) -> tuple[Rows, Cosines]:
        """Return the nearest rows `(k,) int64` and their cosines `(k,) float32`, nearest first."""
        picked = SPARE * count + len(self) // SPARE_OF
        if among is None:
            if picked >= len(self):
                return _searched(self._whole, vector, min(count, len(self)))
            return _searched(self._both, vector, count, _picking(picked / count))
        allowed = np.flatnonzero(among)
        if FEW * len(allowed) < len(self):
            return exact_nearest(self._vectors, vector, count, allowed)
        asked = int(1.25 * picked * len(self) / max(1, len(allowed)))
        while len(allowed) > picked and asked < len(self):
            _, (rows,) = self._scan.search(vector[None, :], asked)
            rows = rows[among[rows]]
            if len(rows) >= picked:  # rows are sorted by code distance
                return exact_nearest(self._vectors, vector, count, np.sort(rows[:picked]))
            asked *= 4
        return exact_nearest(self._vectors, vector, count, allowed)

    def halves(self) -> Halves:
        """Return a read-only view of all vectors, `(rows, dimension) float16`."""
        return self._vectors


def open_vectors(
    vectors: Halves, codes: Codes | None = None, codebook: Codes | None = None
) -> DenseIndex:
    """Return an index of vectors. From `LARGE` rows on, it has product-quantization codes.

    Args:
        vectors: unit vectors, `(rows, dimension) float16`.
        codes: codes of the first rows, `(n, bytes) uint8`; missing ones are computed.
        codebook: codebook of these codes, `(bytes,) uint8`; trained if None.
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
    """Return one index of the kept rows of several indexes. The first index's codes are reused.

    Args:
        several: the indexes.
        kept: for each index, the mask of kept rows, `(rows,) bool`.
    """
    vectors = [index.halves()[rows] for index, rows in zip(several, kept, strict=True)]
    first = several[0]
    if isinstance(first, CodedIndex):
        return open_vectors(np.concatenate(vectors), first.codes[kept[0]], first.codebook)
    return open_vectors(np.concatenate(vectors))


def exact_nearest(
    vectors: Halves, vector: NDArray[np.float32], count: int, among: Rows
) -> tuple[Rows, Cosines]:
    """Return the nearest of given rows by exact cosine.

    Args:
        vectors: unit vectors, `(rows, dimension) float16`.
        vector: unit vector of the query, `(dimension,) float32`.
        count: maximum number of rows.
        among: candidate rows, `(n,) int64`.

    Returns:
        Rows `(k,) int64` and cosines `(k,) float32`, nearest first.
    """
    best, cosines = _searched(_scan(vectors[among]), vector, min(count, len(among)))
    return among[best], cosines


def _scan(vectors: Halves) -> Any:
    """Return a FAISS scan over float16 vectors without a copy.

    The scan keeps a reference to the vectors.
    """
    import faiss

    untyped: Any = faiss  # its type stubs lack these array arguments and names
    scan: Any = faiss.IndexScalarQuantizer(
        vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    # The quantizer's code of a float16 vector consists of the bytes of the vector.
    codes = np.ascontiguousarray(vectors).view(np.uint8).ravel()
    if len(codes):
        scan.codes = untyped.MaybeOwnedVectorUInt8.create_view(
            untyped.swig_ptr(codes), codes.nbytes, scan.codes.owner
        )
    scan.ntotal = len(vectors)
    scan.referenced_objects = [codes]  # keeps the memory alive as long as the scan
    return scan


def _searched(
    scan: Any, vector: NDArray[np.float32], count: int, parameters: Any = None
) -> tuple[Rows, Cosines]:
    if count == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    cosines, rows = scan.search(vector[None, :], count, params=parameters)
    return rows[0], cosines[0]


def _only(among: Mask) -> Any:
    """Return FAISS search parameters that restrict a scan to the mask `(rows,) bool`."""
    import faiss

    untyped: Any = faiss  # its type stubs lack these array arguments and names
    bits = np.packbits(among, bitorder="little")
    return untyped.SearchParameters(sel=untyped.IDSelectorBitmap(bits))


def _picking(times: float) -> Any:
    """Return FAISS search parameters that rerank *times* candidates per requested row."""
    import faiss

    untyped: Any = faiss  # its type stubs lack this name
    return untyped.IndexRefineSearchParameters(k_factor=times)


def _fitted(vectors: Halves) -> Codes:
    """Return a product-quantization codebook trained on the vectors, `(bytes,) uint8`."""
    import faiss

    dimension = vectors.shape[1]
    segments = max(n for n in range(1, dimension // SUBSPACES + 1) if dimension % n == 0)
    coder = faiss.IndexPQ(dimension, segments, 4, faiss.METRIC_INNER_PRODUCT)
    coder.train(vectors[:: max(1, len(vectors) // TRAINED_ON)].astype(np.float32))
    codebook: Codes = faiss.serialize_index(coder)
    return codebook


def _encoded(vectors: Halves, codebook: Codes) -> Codes:
    import faiss

    coder: Any = faiss.deserialize_index(np.array(codebook))
    steps = range(0, len(vectors), TRAINED_ON)
    codes = [coder.sa_encode(vectors[i : i + TRAINED_ON].astype(np.float32)) for i in steps]
    return np.concatenate(codes)


def from_bytes(vectors: Sequence[bytes | None], dimension: int) -> Halves:
    """Return stored float16 vectors as an array `(n, dimension) float16`, with zeros for None."""
    rows = np.zeros((len(vectors), dimension), dtype="<f2")
    for row, stored in enumerate(vectors):
        if stored is not None:
            rows[row] = np.frombuffer(stored, dtype="<f2")
    return rows


def kmeans_centroids(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return unit centroids of *count* clusters, `(count, dimension) float32`.

    The method is spherical k-means (Dhillon & Modha 2001) with a fixed seed. The unit vectors are
    given in *vectors*, `(n, dimension) float32`.
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
