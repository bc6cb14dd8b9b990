"""Discs of a map that must not lie over each other: moved apart, as little as needed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STEPS = 300


@dataclass(frozen=True)
class Frame:
    """Where things may lie, in CSS pixels."""

    left: float
    top: float
    right: float
    bottom: float


def apart(
    places: Sequence[tuple[float, float]], radii: Sequence[float], frame: Frame, *, gap: float = 6
) -> list[tuple[float, float]]:
    """The middles of discs in a frame, near to their places in -1..1; the same ones each time."""
    if not places:
        return []
    sizes = np.array(radii, dtype=float)
    low = np.array([frame.left, frame.top]) + sizes[:, None]
    high = np.array([frame.right, frame.bottom]) - sizes[:, None]
    middle = (low + high) / 2
    found = middle + np.array(places, dtype=float) * np.maximum(high - low, 0) / 2
    # Two at the very same place have no direction in which to part.
    found += np.column_stack((np.cos(np.arange(len(sizes))), np.sin(np.arange(len(sizes))))) * 0.01
    wanted = sizes[:, None] + sizes[None, :] + gap
    for _ in range(STEPS):
        between = found[:, None] - found[None, :]
        far = np.hypot(between[..., 0], between[..., 1])
        np.fill_diagonal(far, np.inf)
        push = np.maximum(wanted - far, 0) / 2
        if not (push > 0.05).any():
            break
        away = between / np.maximum(far, 1e-6)[..., None]
        found = found + (away * (push * 0.6)[..., None]).sum(axis=1)
        found = np.clip(found, np.minimum(low, middle), np.maximum(high, middle))
    return [(float(x), float(y)) for x, y in found]
