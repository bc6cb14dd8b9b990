"""A question, as the engines need it: its stems with their weights, names and vector."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.aims import Aim, aim_of
from search.words import stem, words


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked."""

    text: str
    aim: Aim
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
    speakers: "Names",
) -> Question:
    """Understand a question.

    Args:
        text: as it was typed.
        vector: its embedding, if there is an embedder.
        frequency: in how many passages a stem occurs.
        passages: how many there are.
        speakers: names among which those that the question names are found.
    """
    asked = words(text)
    sequence = [s for s in map(stem, asked) if s]
    return Question(
        text=text,
        aim=aim_of(text),
        sequence=sequence,
        rarity={s: rarity(frequency(s), passages) for s in dict.fromkeys(sequence)},
        speakers=speakers.named(asked),
        vector=vector,
    )


class Names:
    """Names of speakers, by the words that they are made of."""

    def __init__(self, names: Iterable[str]) -> None:
        self._words = {name: frozenset(words(name)) for name in dict.fromkeys(names)}
        self._having: dict[str, list[str]] = {}
        for name, parts in self._words.items():
            for part in parts:
                self._having.setdefault(part, []).append(name)

    def named(self, asked: Sequence[str]) -> list[str]:
        """Names of which the question holds at least half the words."""
        held = Counter(name for word in set(asked) for name in self._having.get(word, ()))
        return [name for name, count in held.items() if 2 * count >= len(self._words[name])]
