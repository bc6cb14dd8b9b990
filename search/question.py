"""A question, as the engines need it: its stems with their weights, names and vector."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from search.aims import Aim, aim_of
from search.words import stem, words

LIKEST = 8  # words spelled like one of the question's that are looked up, too …
SELDOM = 2_000  # … if no more passages than these have them: others mean what they say


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked."""

    text: str
    aim: Aim
    sequence: Sequence[str]  # its stems as they follow each other
    rarity: dict[str, float]  # inverse document frequency of each of them
    unheard: float  # that of a stem which no passage has
    alike: Mapping[str, Mapping[str, float]]  # stems spelled nearly like them, with how nearly
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
    alike: Callable[[str], Mapping[str, float]] = lambda _stem: {},
) -> Question:
    """Understand a question.

    Args:
        text: as it was typed.
        vector: its embedding, if there is an embedder.
        frequency: in how many passages a stem occurs.
        passages: how many there are.
        speakers: names among which those that the question names are found.
        alike: what is spelled nearly like a stem, with how nearly (0..1).
    """
    asked = words(text)
    sequence = [s for s in map(stem, asked) if s]
    distinct = dict.fromkeys(sequence)
    return Question(
        text=text,
        aim=aim_of(text),
        sequence=sequence,
        rarity={s: rarity(frequency(s), passages) for s in distinct},
        unheard=rarity(0, passages),
        alike={s: _likest(alike(s), frequency) for s in distinct},
        speakers=speakers.named(asked),
        vector=vector,
    )


def _likest(alike: Mapping[str, float], frequency: Callable[[str], int]) -> Mapping[str, float]:
    """The stems that are most alike, without those that are said all the time."""
    seldom = (s for s in sorted(alike, key=lambda s: (-alike[s], s)) if frequency(s) <= SELDOM)
    return {s: alike[s] for s in islice(seldom, LIKEST)}


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
        held = Counter(name for word in dict.fromkeys(asked) for name in self._having.get(word, ()))
        return [name for name, count in held.items() if 2 * count >= len(self._words[name])]
