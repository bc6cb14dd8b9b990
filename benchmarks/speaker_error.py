"""Diarization error rate (DER): share of speaker time that is missed, invented or confused.

The definition is that of the NIST Rich Transcription plan (2009). Speakers are paired one to one,
with the most time in common. The error is the missed, invented and confused speaker time, divided
by all speaker time. Overlapping speech counts. By default, there is no collar.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Turn = tuple[float, float, str]
"""Start and end in seconds, and the speaker."""


@dataclass(frozen=True)
class SpeakerError:
    """Seconds of speaker time: true speech, and three kinds of error."""

    spoken: float = 0.0
    missed: float = 0.0
    invented: float = 0.0
    confused: float = 0.0

    def __add__(self, other: "SpeakerError") -> "SpeakerError":
        return SpeakerError(
            self.spoken + other.spoken,
            self.missed + other.missed,
            self.invented + other.invented,
            self.confused + other.confused,
        )

    @property
    def rate(self) -> float:
        """Diarization error rate in percent."""
        return 100 * (self.missed + self.invented + self.confused) / max(1e-9, self.spoken)


def speaker_error(
    truth: Sequence[Turn], found: Sequence[Turn], duration: float, *, collar: float = 0.0
) -> SpeakerError:
    """Return the error of *found* from 0 to *duration* seconds.

    The *collar* is the time in seconds before and after each true change of speaker that does not
    count.
    """
    edges = {0.0, duration, *(t for turn in (*truth, *found) for t in turn[:2])}
    changes = [t for turn in truth for t in turn[:2]]
    edges |= {t + side * collar for t in changes for side in (-1, 1)} if collar else set()
    moments = np.array(sorted(t for t in edges if 0 <= t <= duration))
    middles, lengths = (moments[1:] + moments[:-1]) / 2, np.diff(moments)
    if collar:
        near = np.array([min((abs(m - c) for c in changes), default=9.0) for m in middles])
        lengths = np.where(near < collar, 0.0, lengths)
    true, ours = _active(truth, middles), _active(found, middles)
    spoken, detected = true.sum(axis=0), ours.sum(axis=0)
    agreed = _agreed(true, ours, lengths)
    both = float((np.minimum(spoken, detected) * lengths).sum())
    return SpeakerError(
        spoken=float((spoken * lengths).sum()),
        missed=float((np.maximum(spoken - detected, 0) * lengths).sum()),
        invented=float((np.maximum(detected - spoken, 0) * lengths).sum()),
        confused=max(0.0, both - agreed),
    )


def paired(truth: Sequence[Turn], found: Sequence[Turn], duration: float) -> dict[str, str]:
    """Return the true speaker of each found speaker, by name.

    Speakers are paired one to one, so that the pairs speak at the same time for as long as
    possible. Found speakers without a true speaker are left out.
    """
    moments = np.array(sorted({0.0, duration, *(t for x in (*truth, *found) for t in x[:2])}))
    middles, lengths = (moments[1:] + moments[:-1]) / 2, np.diff(moments)
    rows, columns = _pairs((_active(truth, middles) * lengths) @ _active(found, middles).T)
    true, ours = _names(truth), _names(found)
    return {ours[column]: true[row] for row, column in zip(rows, columns, strict=True)}


def read_rttm(path: Path) -> list[Turn]:
    """Read turns from a file in NIST's Rich Transcription Time Marked format (RTTM)."""
    turns = []
    for line in path.read_text("utf-8").splitlines():
        fields = line.split()
        if fields and fields[0] == "SPEAKER":
            start = float(fields[3])
            turns.append((start, start + float(fields[4]), fields[7]))
    return turns


def write_rttm(path: Path, turns: Iterable[Turn]) -> None:
    """Write turns to a file in RTTM format."""
    lines = [
        f"SPEAKER {path.stem} 1 {start:.3f} {end - start:.3f} <NA> <NA> "
        f"{who.replace(' ', '_')} <NA> <NA>\n"
        for start, end, who in turns
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _names(turns: Sequence[Turn]) -> list[str]:
    return sorted({who for _, _, who in turns})


def _active(turns: Sequence[Turn], moments: Numbers) -> Numbers:
    """Return the activity of each speaker at each moment, `(speakers, moments) float64`, 0 or 1."""
    names = _names(turns)
    active = np.zeros((len(names), len(moments)))
    for start, end, who in turns:
        active[names.index(who), (moments > start) & (moments < end)] = 1
    return active


def _pairs(together: Numbers) -> tuple[list[int], list[int]]:
    """Return the one-to-one pairing with the largest sum in *together*, as (rows, columns).

    The matrix *together* has the seconds that each true and each found speaker have in common,
    `(true speakers, found speakers) float64`.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(together, maximize=True)
    return rows.tolist(), columns.tolist()


def _agreed(true: Numbers, ours: Numbers, lengths: Numbers) -> float:
    """Return the seconds given to the right speaker under the best pairing.

    Args:
        true: activity of the true speakers, `(speakers, moments) float64`, 0 or 1.
        ours: activity of the found speakers, `(speakers, moments) float64`, 0 or 1.
        lengths: seconds for which each moment stands, `(moments,) float64`.
    """
    together = (true * lengths) @ ours.T
    rows, columns = _pairs(together)
    return float(together[rows, columns].sum())
