"""A question, as the engines need it: its stems with their weights, names and vector."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.words import stem, words


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked."""

    text: str
    rarity: dict[str, float]  # inverse document frequency of each of its stems
    speakers: Sequence[str]  # names of speakers whom it names
    vector: NDArray[np.float32] | None  # None when no embedder can be used

    @property
    def stems(self) -> list[str]:
        """Its stems, each once."""
        return list(self.rarity)


def rarity(frequency: int, passages: int) -> float:
    """Inverse document frequency of a stem (Robertson & Zaragoza 2009, kept above zero)."""
    return math.log1p((passages - frequency + 0.5) / (frequency + 0.5))


def read_question(
    text: str,
    vector: NDArray[np.float32] | None,
    *,
    frequency: Callable[[str], int],
    passages: int,
    speakers: Sequence[str],
) -> Question:
    """Understand a question.

    Args:
        text: as it was typed.
        vector: its embedding, if there is an embedder.
        frequency: in how many passages a stem occurs.
        passages: how many there are.
        speakers: names among which those that the question names are looked for.
    """
    asked = words(text)
    distinct = dict.fromkeys(s for s in map(stem, asked) if s)
    return Question(
        text=text,
        rarity={s: rarity(frequency(s), passages) for s in distinct},
        speakers=_named(speakers, set(asked)),
        vector=vector,
    )


def _named(speakers: Sequence[str], asked: set[str]) -> list[str]:
    """Names of which the question holds at least half the words."""
    found = []
    for name in speakers:
        parts = set(words(name))
        if parts and 2 * len(parts & asked) >= len(parts):
            found.append(name)
    return found
