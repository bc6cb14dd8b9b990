"""How well each passage answers: words and meaning, of the passage and of its surroundings.

People answer in several turns: the question names the subject, the answer follows without it. So
a passage is scored with the windows around it, and with how near its source ever comes to what is
asked. Nothing is normalised by question, so that scores of different questions can be compared
and "nothing was found" can be told (see `evidence`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.aims import Aim
from search.field import Field
from search.part import Cumulated, Line
from search.postings import Places
from search.question import Question

# BM25 (Robertson & Zaragoza 2009): how soon repetition stops counting, and how much a long
# window is held against a passage.
K1, B = 1.2, 0.75

# The weights were fitted to questions about transcripts of meetings, series, lessons and chats:
# as a listwise softmax, judged on the half of the questions that it had not seen, then rounded.
# The optimum is flat: a fifth more or less of any of them changes little.
WORDS: Mapping[int, float] = {1: 1.4, 6: 2.5, 12: 3.5}  # BM25 over windows, by their reach
CLOSE = 1  # the reach that is close by
HELD = 0.9  # share of the question's words, by rarity, that the passage holds …
HELD_FACT = 1.5  # … and more for a fact, which is told in one place
FURTHER = 6  # reach from which on a window tells what the talk is about
COVERAGE = 0.9  # the same of what is said …
COVERAGE_REACH = 3  # … up to so many passages away
LEADING_UP = 0.8  # the same of what leads up to the passage and the passage itself …
LEAD = 2  # … so many before it: answers come after their questions
ALIKE = 1.0  # share of the question's words that are not said there, but others spelled so
PAIRS = 1.2  # share of the question's neighbouring words that the passage holds together
MEANING = 1.35  # cosine of the passage
MEANING_NEAR = 1.1  # mean cosine of the passage and its two neighbours
MEANING_BEST = 2.2  # the best of these three
AGREED = 2.0  # product of what the words close by (0..1) and the mean cosine come to
SOURCE = 6.3  # the best cosine in the whole source
SPEAKER = 1.0  # share of the passage said by somebody whom the question names

# What is said about a subject goes on for a stretch. Where a question asks for that, a passage
# counts half for itself and half for the best one of its stretch, less a little for each between.
STRETCH = 12  # passages on either side; windows reach no further
FALL = 0.1  # from one passage to the next
STRETCHED = 1000  # best passages whose stretches are looked at


@dataclass(frozen=True)
class Scores:
    """A number for each place of a field, and what it is made of."""

    total: Line
    words: Line  # in the passage and close to it
    coverage: Line  # 0..1: share of the question's words within reach of the passage
    meaning: Line  # of the passage and its neighbours
    topic: Line  # what is said further around it, and how near its source ever comes
    source: Line  # the last of these alone
    cosine: Line  # of the passage alone; the least that was looked up, where it was not
    speaker: Line


def score(question: Question, field: Field, averages: Mapping[int, float]) -> Scores:
    """Score every place of a field that may be found.

    Args:
        question: what is asked.
        field: where it may be answered.
        averages: mean number of stems in a window, by reach, over the whole index.
    """
    words, topic, coverage, close = _words(question, field, averages)
    meaning, source, cosine, mean = _meaning(field)
    words += np.float32(AGREED) * close * mean
    topic += source
    speaker = np.zeros(field.size, dtype=np.float32)
    for name in question.speakers:
        places, shares = field.find("speakers", name)
        speaker[places] += SPEAKER * shares
    total = np.full(field.size, -np.inf, dtype=np.float32)
    total[field.candidates] = words + meaning + topic + speaker[field.candidates]
    scores = Scores(
        total=total,
        words=_line(field, words),
        coverage=_line(field, coverage),
        meaning=_line(field, meaning),
        topic=_line(field, topic),
        source=_line(field, source),
        cosine=_line(field, cosine),
        speaker=speaker,
    )
    return _of_stretches(scores, field) if question.aim is Aim.SUBJECT else scores


def _line(field: Field, found: Line) -> Line:
    """A line that is zero but for the candidates."""
    line = np.zeros(field.size, dtype=np.float32)
    line[field.candidates] = found
    return line


def _of_stretches(scores: Scores, field: Field) -> Scores:
    """The scores where a passage counts for its stretch, too; that is shown as its topic."""
    at = field.candidates
    total = stretched(scores.total)
    scores.topic[at] += total[at] - scores.total[at]
    return replace(scores, total=total)


def holding(question: Question) -> float:
    """What a passage gets for holding all words of a question."""
    return HELD + HELD_FACT if question.aim is Aim.FACT else HELD


def stretched(total: Line) -> Line:
    """Scores that count half for a place itself and half for the best within a stretch."""
    count = min(STRETCHED, len(total))
    best = np.argpartition(-total, count - 1)[:count] if count else np.arange(0)
    near = total.copy()
    for away in range(1, min(STRETCH, len(total) - 1) + 1):
        for beside in (best + away, best - away):
            inside = (beside >= 0) & (beside < len(total))
            there = beside[inside]
            near[there] = np.maximum(near[there], total[best[inside]] - np.float32(FALL * away))
    return np.float32(0.5) * (total + near)


def _words(
    question: Question, field: Field, averages: Mapping[int, float]
) -> tuple[Line, Line, Line, Line]:
    """What the question's words give, close by and further around.

    Then two that are 0..1: the share of them within reach, and how well they are said close by;
    a number for each candidate of the field.
    """
    total, further, coverage, close = np.zeros((4, len(field.candidates)), dtype=np.float32)
    everything = sum(question.rarity.values())
    held: dict[str, Places] = {}
    holds = holding(question)
    for stem, weight in question.rarity.items():
        places, counts = field.find("stems", stem)
        held[stem] = places
        if len(places):
            share = np.float32(weight / everything)
            total[_among(field, places)] += holds * share
            said = Cumulated.of(places, counts, field.size)
            at = _reached(said, field)
            there = field.candidates[at]
            total[at] += share * np.float32(LEADING_UP) * (said.around(there, LEAD, 0) > 0)
            for reach, worth in WORDS.items():
                gained = total if reach < FURTHER else further
                found = said.around(there, reach, reach)
                often = share * (found / (found + _damping(field, reach, averages)[at]))
                gained[at] += np.float32(worth) * often
                if reach == CLOSE:
                    close[at] += often
            coverage[at] += share * (said.around(there, COVERAGE_REACH, COVERAGE_REACH) > 0)
    _add_alike(total, question, field, held)
    _add_pairs(total, question, field, held)
    return total + COVERAGE * coverage, further, coverage, close


def _among(field: Field, places: Places) -> Places:
    """Which candidates stand at some places."""
    numbers = field.numbers[places]
    return numbers[numbers >= 0]


def _reached(said: Cumulated, field: Field) -> NDArray[np.int64] | slice:
    """The candidates that a stem's windows reach: most stems are rare, and few matter."""
    reached = np.flatnonzero(said.around(field.candidates, max(WORDS), max(WORDS)))
    return reached if 3 * len(reached) < 2 * len(field.candidates) else slice(None)


def _damping(field: Field, reach: int, averages: Mapping[int, float]) -> Line:
    """What BM25 adds to the count below the line, more for long windows; kept with the field."""
    kept = field.kept.get(("damping", reach))
    if kept is None:
        length = field.window_lengths(reach)
        kept = np.float32(K1 * (1 - B)) + np.float32(K1 * B / averages[reach]) * length
        field.kept["damping", reach] = kept
    return kept


def _add_alike(total: Line, question: Question, field: Field, held: Mapping[str, Places]) -> None:
    """Where a word is not said but another that is spelled so, it may have been misheard."""
    everything = sum(question.rarity.values())
    for stem, others in question.alike.items():
        likeness = np.zeros(field.size, dtype=np.float32)
        for other, share in others.items():
            places, _ = field.find("stems", other)
            likeness[places] = np.maximum(likeness[places], np.float32(share))
        if others:
            added_up = Cumulated(likeness, float(field.size))  # at most: no likeness is above 1
            around = added_up.around(field.candidates, COVERAGE_REACH, COVERAGE_REACH)
            at = np.flatnonzero(around)
            at = at[~_is_near(field.candidates[at], held[stem], COVERAGE_REACH)]
            worth = np.float32(ALIKE * question.rarity[stem] / everything)
            total[at] += worth * np.minimum(around[at], np.float32(1))


def _is_near(at: NDArray[np.int64], places: Places, reach: int) -> NDArray[np.bool_]:
    """Whether there is one of *places*, which ascend, so near to each of *at*."""
    first = np.searchsorted(places, at - reach)
    found: NDArray[np.bool_] = np.searchsorted(places, at + reach, side="right") > first
    return found


def _add_pairs(total: Line, question: Question, field: Field, held: Mapping[str, Places]) -> None:
    """Words that stand together in the question, and in one passage, mean one thing."""
    pairs = [(one, two) for one, two in pairwise(question.sequence) if one != two]
    weights = [min(question.rarity[one], question.rarity[two]) for one, two in pairs]
    for (one, two), weight in zip(pairs, weights, strict=True):
        if len(held[one]) and len(held[two]):
            here = np.zeros(field.size, dtype=bool)
            here[held[one]] = True
            both = held[two][here[held[two]]]
            total[_among(field, both)] += np.float32(PAIRS * weight / sum(weights))


def _meaning(field: Field) -> tuple[Line, Line, Line, Line]:
    """What the cosines give, of a passage and of its source.

    Then the cosine of each passage alone, and its mean with those of its neighbours; a number
    for each candidate of the field.
    """
    at = field.candidates
    if field.near is None:
        nothing = np.zeros(len(at), dtype=np.float32)
        return nothing, nothing, nothing, nothing
    near = field.near
    inside, places = field.here(near.places)
    # One place more on either side, so that every place has two neighbours.
    cosine = np.zeros(field.size + 2, dtype=np.float32)
    cosine[1:-1][field.filled] = near.least
    cosine[1 + places] = near.cosines[inside]
    filled = np.zeros(field.size + 2, dtype=bool)
    filled[1:-1] = field.filled
    present = np.where(filled, cosine, np.float32(-1))
    own, before, after = (cosine[at + step] for step in (1, 0, 2))
    best = np.maximum(np.maximum(present[at + 1], present[at]), present[at + 2])
    mean = (own + before + after) / (np.float32(1) + filled[at] + filled[at + 2])
    source = SOURCE * near.by_source(field.area)[field.owners[at]]
    here = MEANING * own + MEANING_NEAR * mean + MEANING_BEST * best
    return here.astype(np.float32), source.astype(np.float32), own, mean
