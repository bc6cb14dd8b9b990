"""How well each passage answers: words and meaning, of the passage and of its surroundings.

People answer in several turns: the question names the subject, the answer follows without it. So
a passage is scored with the windows around it, and with how much its source as a whole has to do
with the question. Nothing is normalised by question, so that scores of different questions can be
compared and "nothing was found" can be told (see `evidence`).
"""

from dataclasses import dataclass

import numpy as np

from search.field import Field, Line, windowed
from search.postings import Places
from search.question import Question

# BM25 (Robertson & Zaragoza 2009): how soon repetition stops counting, and how much a long
# window is held against a passage.
K1, B = 1.2, 0.75
NEAREST = 2000  # cosines that are looked up; the rest count as the least of them
BEST_OF_SOURCE = 3

# The weights were fitted as a listwise softmax over questions to transcripts of meetings, series,
# lessons and chats, and rounded; the optimum is flat.
WORDS_NEAR, NEAR = 1.5, 1  # BM25 of the passage and its neighbours
WORDS_AROUND, AROUND = 6.5, 12  # BM25 of the stretch of talk that it is in
COVERAGE = 2.0  # share of the question's words (by rarity) that the passage holds
COVERAGE_NEAR, COVERAGE_REACH = 1.5, 3
MEANING = 0.5  # cosine of the passage
MEANING_NEAR = 2.0  # mean cosine of the passage and its neighbours
SOURCE = 6.5  # mean of the source's best cosines
SPEAKER = 1.6  # share of the passage said by somebody whom the question names


@dataclass(frozen=True)
class Scores:
    """A number for each place of a field, and what it is made of."""

    total: Line
    words: Line
    coverage: Line  # 0..1: share of the question's words within reach of the passage
    meaning: Line
    cosine: Line  # of the passage alone; the least that was looked up, where it was not
    speaker: Line


def score(question: Question, field: Field, averages: dict[int, float]) -> Scores:
    """Score every place of a field.

    Args:
        question: what is asked.
        field: where it may be answered.
        averages: mean number of stems in a window, by reach, over the whole index.
    """
    words, coverage = _words(question, field, averages)
    meaning, cosine = _meaning(question, field)
    speaker = np.zeros(field.size, dtype=np.float32)
    for name in question.speakers:
        places, shares = field.find("speakers", name)
        speaker[places] += SPEAKER * shares
    total = words + meaning + speaker
    total[~field.filled] = -np.inf
    return Scores(total, words, coverage, meaning, cosine, speaker)


def _words(question: Question, field: Field, averages: dict[int, float]) -> tuple[Line, Line]:
    """What the question's words give, and the share of them within reach."""
    total = np.zeros(field.size, dtype=np.float32)
    near_coverage = np.zeros(field.size, dtype=np.float32)
    everything = sum(question.rarity.values())
    for stem, weight in question.rarity.items():
        places, counts = field.find("stems", stem)
        if not len(places):
            continue
        share = np.float32(weight / everything)
        line = np.zeros(field.size, dtype=np.float32)
        line[places] = counts
        total += WORDS_NEAR * share * _bm25(line, field, NEAR, averages)
        total += WORDS_AROUND * share * _bm25(line, field, AROUND, averages)
        total[places] += COVERAGE * share
        reached = windowed(line, COVERAGE_REACH) > 0.5
        near_coverage += share * reached
    return total + COVERAGE_NEAR * near_coverage, near_coverage


def _bm25(line: Line, field: Field, reach: int, averages: dict[int, float]) -> Line:
    """BM25 of one stem over windows, without its constant factor: 0..1."""
    found = windowed(line, reach)
    length = field.window_lengths(reach)
    held_back = np.float32(K1 * (1 - B)) + np.float32(K1 * B / averages[reach]) * length
    return np.asarray(found / (found + held_back), dtype=np.float32)


def _meaning(question: Question, field: Field) -> tuple[Line, Line]:
    """What the cosines give, and the cosine of each passage alone."""
    nothing = np.zeros(field.size, dtype=np.float32)
    if question.vector is None or not field.size:
        return nothing, nothing
    places, found = field.nearest(question.vector, NEAREST)
    least = float(found.min()) if len(found) < field.count else 0.0
    cosine = np.where(field.filled, np.float32(least), np.float32(0))
    cosine[places] = found
    present = windowed(field.filled.astype(np.float32), NEAR)
    near = windowed(cosine, NEAR) / np.maximum(present, 1)
    source = _source_evidence(field, places, found, least)
    return MEANING * cosine + MEANING_NEAR * near + SOURCE * source[field.owners], cosine


def _source_evidence(field: Field, places: Places, found: Line, least: float) -> Line:
    """The mean of each source's best cosines, by its running number."""
    owners = field.owners[places]
    order = np.lexsort((-found, owners))
    owners, found = owners[order], found[order]
    first = np.concatenate(([True], owners[1:] != owners[:-1]))
    rank = np.arange(len(owners)) - np.maximum.accumulate(
        np.where(first, np.arange(len(owners)), 0)
    )
    top = rank < BEST_OF_SOURCE
    count = int(field.owners.max(initial=0)) + 1
    size = np.minimum(np.bincount(field.owners[field.filled], minlength=count), BEST_OF_SOURCE)
    sums = np.bincount(owners[top], weights=found[top], minlength=count)
    seen = np.bincount(owners[top], minlength=count)
    evidence: Line = ((sums + (size - seen) * least) / np.maximum(size, 1)).astype(np.float32)
    return evidence
