"""Vectors of texts: unit length, and the mean of the pieces of a long text."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def unit(vectors: NDArray[Any]) -> Vectors:
    """Return vectors `(n, dimension)` scaled to length one, as float32."""
    exact = vectors.astype(np.float32)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.maximum(norms, 1e-12), dtype=np.float32)


def joined(
    vectors: Vectors, lengths: NDArray[np.int64], owner: NDArray[np.int64], count: int
) -> Vectors:
    """Return the vectors of whole texts: the length-weighted mean of their pieces, normalised.

    Args:
        vectors: unit vectors of the pieces, `(pieces, dimension) float32`.
        lengths: length of each piece, `(pieces,) int64`.
        owner: text number of each piece, `(pieces,) int64`.
        count: number of texts.

    Returns:
        Unit vectors, `(count, dimension) float32`.
    """
    if len(vectors) == count:
        return vectors
    whole = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    np.add.at(whole, owner, vectors * lengths[:, None].astype(np.float32))
    whole = unit(whole)
    alone = np.bincount(owner, minlength=count)[owner] == 1
    whole[owner[alone]] = vectors[alone]  # identical to embedding the text alone
    return whole
