"""Parsed question: words with inverse document frequencies, speaker names and vector."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from library.sessions.language_guess import guess_language
from search.ranking.intent import Intent, classify_intent
from search.text.analyzer import Names, words
from search.text.question_words import question_terms

LIKEST = 8  # similarly spelled stems used for each stem of the question …
SELDOM = 2_000  # … if at most this many passages have them: frequent words are not errors


@dataclass(frozen=True, kw_only=True)
class Question:
    """Parsed question: stems, weights, named speakers, embedding."""

    text: str
    aim: Intent
    in_its_language: bool  # the question's language is one of the index
    sequence: Sequence[str]  # words (`Term`) of the question in their order
    rarity: dict[str, float]  # inverse document frequency of each word (`Term`)
    unseen_rarity: float  # inverse document frequency of an unseen stem
    alike: Mapping[str, Mapping[str, float]]  # similarly spelled stems, similarity 0..1
    speakers: Sequence[str]  # speakers named in the question
    vector: NDArray[np.float32] | None  # (dimension,); None without an embedder


def rarity(frequency: int, passages: int) -> float:
    """Return the inverse document frequency of a stem.

    The formula is that of Robertson & Zaragoza (2009), changed so that it is above zero.
    """
    return math.log1p((passages - frequency + 0.5) / (frequency + 0.5))


def read_question(
    text: str,
    vector: NDArray[np.float32] | None,
    *,
    frequency: Callable[[str], int],
    passages: int,
    speakers: "Names",
    alike: Callable[[str], Mapping[str, float]] = lambda _stem: {},
    languages: Collection[str] = (),
) -> Question:
    """Parse a question.

    Args:
        text: the question as typed.
        vector: unit vector of the question, `(dimension,) float32`; None without an embedder.
        frequency: returns the number of passages that contain a stem.
        passages: number of passages in the index.
        speakers: names of all speakers.
        alike: returns similarly spelled stems with their similarity (0..1).
        languages: languages of the passages in the index (BCP 47 primary tags).
    """
    sequence = question_terms(text, languages, frequency)
    distinct = dict.fromkeys(sequence)
    guessed = guess_language(text)
    return Question(
        text=text,
        aim=classify_intent(text),
        in_its_language=bool(guessed) and guessed in languages,
        sequence=sequence,
        rarity={s: rarity(frequency(s), passages) for s in distinct},
        unseen_rarity=rarity(0, passages),
        alike={s: _likest(alike(s), frequency) for s in distinct},
        speakers=speakers.named(words(text)),
        vector=vector,
    )


def _likest(alike: Mapping[str, float], frequency: Callable[[str], int]) -> Mapping[str, float]:
    """Return the most similar stems with their similarity. Frequent stems are left out."""
    seldom = (s for s in sorted(alike, key=lambda s: (-alike[s], s)) if frequency(s) <= SELDOM)
    return {s: alike[s] for s in islice(seldom, LIKEST)}
