"""Vectors laid out on a plane, the same way each time: near in meaning is near on the page."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # of unit length, shape (rows, dimension)
Places = NDArray[np.float64]  # shape (rows, 2), each coordinate in -1..1


def plane(vectors: Vectors) -> Places:
    """The places of a few vectors by their cosines (classical scaling, Torgerson 1952)."""
    count = len(vectors)
    if count < 2:
        return np.zeros((count, 2))
    squared = 2 - 2 * np.clip(vectors.astype(np.float64) @ vectors.T, -1, 1)
    centring = np.eye(count) - 1 / count
    values, axes = np.linalg.eigh(-0.5 * centring @ squared @ centring)
    return _fitted(axes[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0)))


def shadow(vectors: Vectors) -> Places:
    """The places of many vectors by the two directions in which they differ most (PCA)."""
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2))
    around = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(around.T @ around)
    return _fitted(around @ axes[:, ::-1][:, :2])


def in_disc(places: Places) -> Places:
    """The same spread evenly over a disc of radius 1: directions stay, and who is further out."""
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
    """Within -1..1; an axis has no sign of its own, so its largest number is positive."""
    if places.shape[1] < 2:
        places = np.column_stack((places, np.zeros((len(places), 2 - places.shape[1]))))
    for axis in (0, 1):
        largest = places[np.argmax(np.round(np.abs(places[:, axis]), 9)), axis]
        places[:, axis] *= np.sign(largest) or 1.0
    reach = np.abs(places).max()
    return places / reach if reach > 1e-9 else np.zeros_like(places)
