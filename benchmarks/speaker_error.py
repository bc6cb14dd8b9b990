"""Diarization error: how much of the talk is missed, invented, or given to the wrong speaker.

As the NIST Rich Transcription plan (2009) defines it: speakers are paired one to one so that most
time agrees; the error is the speaker time missed, invented and confused, over all speaker time.
Overlap counts, without a collar unless one is given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Turn = tuple[float, float, str]
"""Start and end in seconds, and who."""


@dataclass(frozen=True)
class SpeakerError:
    """Seconds of speaker time: spoken in truth, and wrong in three ways."""

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
    """The error of *found* in 0..*duration*; *collar* seconds around true changes do not count."""
    edges = {0.0, duration, *(t for turn in (*truth, *found) for t in turn[:2])}
    changes = [t for turn in truth for t in turn[:2]]
    edges |= {t + side * collar for t in changes for side in (-1, 1)} if collar else set()
    moments = np.array(sorted(t for t in edges if 0 <= t <= duration))
    middles, lengths = (moments[1:] + moments[:-1]) / 2, np.diff(moments)
    if collar:
        near = np.array([min((abs(m - c) for c in changes), default=9.0) for m in middles])
        lengths = np.where(near < collar, 0.0, lengths)
    true, ours = _active(truth, middles), _active(found, middles)
    spoken, said = true.sum(axis=0), ours.sum(axis=0)
    agreed = _agreed(true, ours, lengths)
    both = float((np.minimum(spoken, said) * lengths).sum())
    return SpeakerError(
        spoken=float((spoken * lengths).sum()),
        missed=float((np.maximum(spoken - said, 0) * lengths).sum()),
        invented=float((np.maximum(said - spoken, 0) * lengths).sum()),
        confused=max(0.0, both - agreed),
    )


def paired(truth: Sequence[Turn], found: Sequence[Turn], duration: float) -> dict[str, str]:
    """For each found speaker the true one who it is, where there is one."""
    moments = np.array(sorted({0.0, duration, *(t for x in (*truth, *found) for t in x[:2])}))
    middles, lengths = (moments[1:] + moments[:-1]) / 2, np.diff(moments)
    rows, columns = _pairs((_active(truth, middles) * lengths) @ _active(found, middles).T)
    true, ours = _names(truth), _names(found)
    return {ours[column]: true[row] for row, column in zip(rows, columns, strict=True)}


def read_rttm(path: Path) -> list[Turn]:
    """The turns in a file of NIST's Rich Transcription Time Marked format."""
    turns = []
    for line in path.read_text("utf-8").splitlines():
        fields = line.split()
        if fields and fields[0] == "SPEAKER":
            start = float(fields[3])
            turns.append((start, start + float(fields[4]), fields[7]))
    return turns


def write_rttm(path: Path, turns: Iterable[Turn]) -> None:
    """Write turns in the same format."""
    lines = [
        f"SPEAKER {path.stem} 1 {start:.3f} {end - start:.3f} <NA> <NA> "
        f"{who.replace(' ', '_')} <NA> <NA>\n"
        for start, end, who in turns
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _names(turns: Sequence[Turn]) -> list[str]:
    return sorted({who for _, _, who in turns})


def _active(turns: Sequence[Turn], moments: Numbers) -> Numbers:
    """Who speaks at each moment: speakers x moments, 0 or 1."""
    names = _names(turns)
    active = np.zeros((len(names), len(moments)))
    for start, end, who in turns:
        active[names.index(who), (moments > start) & (moments < end)] = 1
    return active


def _pairs(together: Numbers) -> tuple[list[int], list[int]]:
    """Rows and columns, one to one, that share most."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(together, maximize=True)
    return rows.tolist(), columns.tolist()


def _agreed(true: Numbers, ours: Numbers, lengths: Numbers) -> float:
    """Seconds of speaker time that go to the right speaker under the best pairing."""
    together = (true * lengths) @ ours.T
    rows, columns = _pairs(together)
    return float(together[rows, columns].sum())
