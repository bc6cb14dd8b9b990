"""A question, as the engines need it: its stems with their weights, names and vector."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.words import stem, words


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked."""

    text: str
    sequence: Sequence[str]  # its stems as they follow each other
    rarity: dict[str, float]  # inverse document frequency of each of them
    speakers: Sequence[str]  # names of speakers whom it names
    vector: NDArray[np.float32] | None  # None when no embedder can be used


def rarity(frequency: int, passages: int) -> float:
    """Inverse document frequency of a stem (Robertson & Zaragoza 2009, kept above zero)."""
    return math.log1p((passages - frequency + 0.5) / (frequency + 0.5))


def read_question(
    text: str,
    vector: NDArray[np.float32] | None,
    *,
    frequency: Callable[[str], int],
    passages: int,
    speakers: Mapping[str, frozenset[str]],
) -> Question:
    """Understand a question.

    Args:
        text: as it was typed.
        vector: its embedding, if there is an embedder.
        frequency: in how many passages a stem occurs.
        passages: how many there are.
        speakers: names, with their words, among which those that the question names are found.
    """
    asked = words(text)
    sequence = [s for s in map(stem, asked) if s]
    return Question(
        text=text,
        sequence=sequence,
        rarity={s: rarity(frequency(s), passages) for s in dict.fromkeys(sequence)},
        speakers=_named(speakers, set(asked)),
        vector=vector,
    )


def _named(speakers: Mapping[str, frozenset[str]], asked: set[str]) -> list[str]:
    """Names of which the question holds at least half the words."""
    return [
        name for name, parts in speakers.items() if parts and 2 * len(parts & asked) >= len(parts)
    ]
