"""How well each passage answers: words and meaning, of the passage and of its surroundings.

People answer in several turns: the question names the subject, the answer follows without it. So
a passage is scored with the windows around it, and with how near its source ever comes to what is
asked. Nothing is normalised by question, so that scores of different questions can be compared
and "nothing was found" can be told (see `evidence`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.aims import Aim
from search.field import Field, Table, Window, Windows
from search.part import BLOCK, Line
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


NEAR_BY: Window = (COVERAGE_REACH, COVERAGE_REACH)
# What windows are looked at for: first whether a word is said there, then how often.
WINDOWS: Sequence[Window] = ((0, 0), (LEAD, 0), NEAR_BY, *((reach, reach) for reach in WORDS))
SEEN = len(WINDOWS) - len(WORDS)


@dataclass(frozen=True)
class Scores:
    """A number for each candidate of a field, and what it is made of."""

    total: Line
    words: Line  # in the passage and close to it
    coverage: Line  # 0..1: share of the question's words within reach of the passage
    meaning: Line  # of the passage and its neighbours
    topic: Line  # what is said further around it, and how near its source ever comes
    source: Line  # the last of these alone
    speaker: Line


def score(question: Question, field: Field, averages: Mapping[int, float]) -> Scores:
    """Score every place of a field that may be found.

    Args:
        question: what is asked.
        field: where it may be answered.
        averages: mean number of stems in a window, by reach, over the whole index.
    """
    said = _words(question, field, averages)
    meaning, source, mean = _meaning(field)
    said.total += np.float32(AGREED) * said.close * mean
    said.further += source
    speaker = np.zeros_like(said.total)
    for name in question.speakers:
        inside, cells = field.cells((found := field.find("speakers", name))[0])
        speaker.ravel()[cells] += SPEAKER * found[1][inside]
    scores = Scores(
        *map(
            field.of_candidates,
            (
                said.total + meaning + said.further + speaker,
                said.total,
                said.coverage,
                meaning,
                said.further,
                source,
                speaker,
            ),
        )
    )
    return _of_stretches(scores, field) if question.aim is Aim.SUBJECT else scores


def _of_stretches(scores: Scores, field: Field) -> Scores:
    """The scores where a passage counts for its stretch, too; that is shown as its topic."""
    line = np.full(field.size, -np.inf, dtype=np.float32)
    line[field.candidates] = scores.total
    total = stretched(line)[field.candidates]
    return replace(scores, total=total, topic=scores.topic + (total - scores.total))


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


class _Said:
    """What the question's words give: a table each, for every place that may be found."""

    def __init__(self, field: Field) -> None:
        self.tables = np.zeros((4, BLOCK, len(field.centres)), dtype=np.float32)
        self.total, self.further, self.coverage, self.close = self.tables


def _words(question: Question, field: Field, averages: Mapping[int, float]) -> _Said:
    """What the words give close by and further around.

    Then two that are 0..1: the share of them within reach, and how well they are said close by.
    """
    said = _Said(field)
    everything = sum(question.rarity.values())
    damping = _damping(field, averages) if everything else said.tables[:0]
    worth = _worth(holding(question))
    held: dict[str, Places] = {}
    for stem, weight in question.rarity.items():
        places, counts = field.find("stems", stem)
        held[stem] = places
        share = np.float32(weight / everything)
        windows = field.windows(places, counts, WINDOWS)
        _add_alike(said.total, question.alike[stem], field, windows, share)
        if len(places):
            _add_word(said, windows, damping, share * worth)
    _add_pairs(said.total, question, field, held)
    return said


def _worth(holds: float) -> NDArray[np.float32]:
    """What each kind of window gives to each table of `_Said`."""
    close = [WORDS[reach] * (reach < FURTHER) for reach in WORDS]
    further = [WORDS[reach] * (reach >= FURTHER) for reach in WORDS]
    return np.array(
        [
            [holds, LEADING_UP, COVERAGE, *close],
            [0, 0, 0, *further],
            [0, 0, 1, 0, 0, 0],
            [0, 0, 0, *(reach == CLOSE for reach in WORDS)],
        ],
        dtype=np.float32,
    )


def _add_word(
    said: _Said, windows: Windows, damping: NDArray[np.float32], worth: NDArray[np.float32]
) -> None:
    """Add what one word gives where its windows reach: most words are rare."""
    sums, at = windows.sums, windows.at
    there = np.minimum(sums[:SEEN], np.float32(1))
    often = sums[SEEN:] / (damping[:, :, at] + sums[SEEN:])
    signs = np.concatenate([there, often]).reshape(len(WINDOWS), -1)
    said.tables[:, :, at] += (worth @ signs).reshape(len(worth), *sums.shape[1:])


def _damping(field: Field, averages: Mapping[int, float]) -> NDArray[np.float32]:
    """What BM25 adds to the counts below the line, more for long windows: a table a reach."""
    lengths = field.windows(np.arange(field.size), field.lengths, WINDOWS[SEEN:]).sums
    a_stem = np.array([K1 * B / averages[reach] for reach in WORDS], dtype=np.float32)
    damping: NDArray[np.float32] = np.float32(K1 * (1 - B)) + a_stem[:, None, None] * lengths
    return damping


def _add_alike(
    total: Table, others: Mapping[str, float], field: Field, own: Windows, share: np.float32
) -> None:
    """Where a word is not said but another that is spelled so, it may have been misheard."""
    found = [(field.area.places_of("stems", other), like) for other, like in others.items()]
    if not found:
        return
    likeness = np.repeat([like for _, like in found], [len(places) for places, _ in found])
    inside, places = field.here(np.concatenate([places for places, _ in found]))
    order = np.lexsort((likeness[inside], places))  # where there are several, the likest wins
    last = np.append(np.diff(places[order]) > 0, True)[: len(order)]
    chosen = order[last]
    around = field.windows(places[chosen], likeness[inside][chosen], (NEAR_BY,))
    said = np.zeros(total.shape, dtype=bool)
    said[:, own.at] = own.sums[WINDOWS.index(NEAR_BY)] > 0
    there = np.minimum(around.sums[0], np.float32(1))
    total[:, around.at] += np.float32(ALIKE * share) * np.where(said[:, around.at], 0, there)


def _add_pairs(total: Table, question: Question, field: Field, held: Mapping[str, Places]) -> None:
    """Words that stand together in the question, and in one passage, mean one thing."""
    pairs = [(one, two) for one, two in pairwise(question.sequence) if one != two]
    weights = [min(question.rarity[one], question.rarity[two]) for one, two in pairs]
    for (one, two), weight in zip(pairs, weights, strict=True):
        if len(held[one]) and len(held[two]):
            here = np.zeros(field.size, dtype=bool)
            here[held[one]] = True
            both = held[two][here[held[two]]]
            cells = field.cells(both)[1]
            total.ravel()[cells] += np.float32(PAIRS * weight / sum(weights))


def _meaning(field: Field) -> tuple[Table, Table, Table]:
    """What the cosines give, of a passage and of its source.

    Then the mean cosine of it and its neighbours; a number for each place that may be found.
    """
    if field.near is None:
        nothing = np.zeros((BLOCK, len(field.centres)), dtype=np.float32)
        return nothing, nothing, nothing
    near = field.near
    inside, places = field.here(near.places)
    # One place more on either side, so that every place has two neighbours.
    filled = np.zeros(field.size + 2, dtype=bool)
    filled[1:-1] = field.filled
    cosine = np.where(filled, near.least, np.float32(0))
    cosine[1 + places] = near.cosines[inside]
    at = field.centres * BLOCK + np.arange(1, BLOCK + 1)[:, None]
    own, before, after = cosine[at], cosine[at - 1], cosine[at + 1]
    present = np.where(filled, cosine, np.float32(-1))
    best = np.maximum(np.maximum(present[at], present[at - 1]), present[at + 1])
    mean = (own + before + after) / (np.float32(1) + filled[at - 1] + filled[at + 1])
    source = np.float32(SOURCE) * near.by_source(field.area)[field.owners]
    here = np.float32(MEANING) * own + np.float32(MEANING_NEAR) * mean
    here += np.float32(MEANING_BEST) * best
    return here, np.broadcast_to(source, here.shape), mean.astype(np.float32)
