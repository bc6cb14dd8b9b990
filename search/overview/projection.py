"""Deterministic projection of vectors to a plane. Similar vectors get close positions."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # unit vectors, (rows, dimension)
Places = NDArray[np.float64]  # (rows, 2), coordinates in -1..1


def mds(vectors: Vectors) -> Places:
    """Return positions of few vectors by their cosines, `(n, 2) float64` in -1..1.

    The method is classical multidimensional scaling (Torgerson 1952) of unit vectors,
    `(n, dimension) float32`.
    """
    count = len(vectors)
    if count < 2:
        return np.zeros((count, 2))
    squared = 2 - 2 * np.clip(vectors.astype(np.float64) @ vectors.T, -1, 1)
    centring = np.eye(count) - 1 / count
    values, axes = np.linalg.eigh(-0.5 * centring @ squared @ centring)
    return _fitted(axes[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0)))


def pca(vectors: Vectors) -> Places:
    """Return positions of many vectors on two principal components (PCA).

    The result is `(n, 2) float64` in -1..1. The vectors are `(n, dimension) float32`.
    """
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2))
    around = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(around.T @ around)
    return _fitted(around @ axes[:, ::-1][:, :2])


def in_disc(places: Places) -> Places:
    """Return positions spread evenly over the unit disc, `(n, 2) float64`.

    Directions and the order of distances from the centre are preserved.
    """
    count = len(places)
    if count < 2:
        return np.zeros((count, 2))
    away = np.hypot(places[:, 0], places[:, 1])
    angles = np.arctan2(places[:, 1], places[:, 0])
    ranks = np.empty(count)
    ranks[np.argsort(away, kind="stable")] = np.arange(count)
    radii = np.sqrt((ranks + 0.5) / count)
    return np.column_stack((radii * np.cos(angles), radii * np.sin(angles)))


def _fitted(places: Places) -> Places:
    """Scale positions `(n, 2)` to -1..1. On each axis, the largest magnitude becomes positive."""
    if places.shape[1] < 2:
        places = np.column_stack((places, np.zeros((len(places), 2 - places.shape[1]))))
    for axis in (0, 1):
        largest = places[np.argmax(np.round(np.abs(places[:, axis]), 9)), axis]
        places[:, axis] *= np.sign(largest) or 1.0
    reach = np.abs(places).max()
    return places / reach if reach > 1e-9 else np.zeros_like(places)
