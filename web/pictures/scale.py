"""Scales: from numbers to places in a picture, always from zero, with round ticks."""

import math
from dataclasses import dataclass

STEPS = (1, 2, 5, 10)
ROUGHLY = 3  # ticks above zero


@dataclass(frozen=True)
class Scale:
    """Numbers from 0 to `top` on a line from `start` to `end`, in CSS pixels."""

    top: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a number lies."""
        return self.start + (self.end - self.start) * value / self.top

    @property
    def ticks(self) -> list[float]:
        """Round numbers above zero, about three of them."""
        step = _step(self.top)
        return [step * i for i in range(1, int(self.top / step + 1e-9) + 1)]


def scale_to(largest: float, start: float, end: float) -> Scale:
    """The scale on which *largest* fits; it ends at a tick."""
    step = _step(max(largest, 1))
    return Scale(step * max(1, math.ceil(largest / step - 1e-9)), start, end)


def _step(top: float) -> float:
    rough = top / ROUGHLY
    size = 10 ** math.floor(math.log10(rough)) if rough > 1 else 1
    return float(next(s * size for s in STEPS if s * size >= rough))
