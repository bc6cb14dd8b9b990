"""Passage scoring: words and cosines of a passage and of its surroundings.

Answers span several turns: the question names the subject, the answer often does not repeat it. A
passage is therefore scored with the windows around it and with the best cosine of its source.
Scores are not normalised by question, so that questions are comparable and `evidence` can detect
that nothing was found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.index.index_segment import BLOCK, SlotArray
from search.index.postings import Slots
from search.ranking.candidate_blocks import CandidateBlocks, Table, Window, Windows
from search.ranking.intent import Intent
from search.ranking.question import Question
from search.ranking.weights import (
    AGREED,
    ALIKE,
    CLOSE,
    COVERAGE,
    COVERAGE_REACH,
    DECAY,
    FURTHER,
    GENERAL,
    K1,
    LEAD,
    LEADING_UP,
    NEIGHBOURHOOD,
    PAIRS,
    SPEAKER,
    STRETCHED,
    WORDS,
    B,
    Weights,
    holding,
)

NEAR_BY: Window = (COVERAGE_REACH, COVERAGE_REACH)
# In the first SEEN windows a word counts once, in the others as often as it occurs.
WINDOWS: Sequence[Window] = ((0, 0), (LEAD, 0), NEAR_BY, *((reach, reach) for reach in WORDS))
SEEN = len(WINDOWS) - len(WORDS)


@dataclass(frozen=True)
class Scores:
    """Scores of all candidates, each `(n,) float32`, and their components."""

    total: SlotArray
    words: SlotArray  # words in the passage and close to it
    coverage: SlotArray  # 0..1: share of the question's words within reach of the passage
    similarity: SlotArray  # of the passage alone
    meaning: SlotArray  # similarities of the passage and its neighbours
    topic: SlotArray  # words further away, and the best similarity in the passage's source
    source: SlotArray  # best similarity in the passage's source alone
    speaker: SlotArray


def score(
    question: Question,
    candidates: CandidateBlocks,
    averages: Mapping[int, float],
    weights: Weights = GENERAL,
) -> Scores:
    """Score all candidates.

    Args:
        question: the parsed question.
        candidates: the candidate blocks.
        averages: mean number of stems in a window over the whole index, by reach.
        weights: weights of words and meaning.
    """
    word_scores = _words(question, candidates, averages)
    own, meaning, source, mean = _meaning(candidates, weights)
    word_scores.total += np.float32(AGREED) * word_scores.close * mean
    word_scores.total *= np.float32(weights.words)
    word_scores.further *= np.float32(weights.further)
    word_scores.further += source
    if weights.main_speaker:
        meaning += np.float32(weights.main_speaker) * candidates.main_speaker
    speaker = np.zeros_like(word_scores.total)
    for name in question.speakers:
        inside, table_cells = candidates.table_cells(
            (found := candidates.find("speakers", name))[0]
        )
        speaker.ravel()[table_cells] += SPEAKER * found[1][inside]
    scores = Scores(
        *map(
            candidates.of_candidates,
            (
                word_scores.total + meaning + word_scores.further + speaker,
                word_scores.total,
                word_scores.coverage,
                own,
                meaning,
                word_scores.further,
                source,
                speaker,
            ),
        )
    )
    if question.aim is Intent.SUBJECT:
        return _of_stretches(scores, candidates)
    return scores


def _of_stretches(scores: Scores, candidates: CandidateBlocks) -> Scores:
    """Return the scores, with each total replaced by its mean with the best total nearby.

    The component `topic` changes by the same amount.
    """
    line = np.full(candidates.size, -np.inf, dtype=np.float32)
    line[candidates.slots] = scores.total
    total = spread_to_neighbours(line)[candidates.slots]
    return replace(scores, total=total, topic=scores.topic + (total - scores.total))


def spread_to_neighbours(total: SlotArray) -> SlotArray:
    """Return for each slot the mean of its score and the best score nearby, `(size,) float32`.

    A score nearby is reduced by `DECAY` per slot of distance, up to `NEIGHBOURHOOD` slots. *total*
    has the shape `(size,) float32`.
    """
    count = min(STRETCHED, len(total))
    best = np.argpartition(-total, count - 1)[:count] if count else np.arange(0)
    near = total.copy()
    for away in range(1, min(NEIGHBOURHOOD, len(total) - 1) + 1):
        for beside in (best + away, best - away):
            inside = (beside >= 0) & (beside < len(total))
            there = beside[inside]
            near[there] = np.maximum(near[there], total[best[inside]] - np.float32(DECAY * away))
    return np.float32(0.5) * (total + near)


class _WordScores:
    """Scores from the question's words: four tables, each `(BLOCK, eligible blocks) float32`."""

    def __init__(self, candidates: CandidateBlocks) -> None:
        self.tables = np.zeros((4, BLOCK, len(candidates.eligible_positions)), dtype=np.float32)
        self.total, self.further, self.coverage, self.close = self.tables


def _words(
    question: Question, candidates: CandidateBlocks, averages: Mapping[int, float]
) -> _WordScores:
    """Return the word scores of all slots in eligible blocks.

    The tables are: score of words in or near the passage, score of words further away, share of
    the question's words within reach (0..1), and saturated frequency of words near it (0..1).
    """
    word_scores = _WordScores(candidates)
    everything = sum(question.rarity.values())
    damping = _damping(candidates, averages) if everything else word_scores.tables[:0]
    worth = _worth(holding(question))
    slots_of_stem: dict[str, Slots] = {}
    for stem, weight in question.rarity.items():
        slots, counts = candidates.find("stems", stem)
        slots_of_stem[stem] = slots
        share = np.float32(weight / everything)
        windows = candidates.windows(slots, counts, WINDOWS)
        _add_alike(word_scores.total, question.alike[stem], candidates, windows, share)
        if len(slots):
            _add_word(word_scores, windows, damping, share * worth)
    _add_pairs(word_scores.total, question, candidates, slots_of_stem)
    return word_scores


def _worth(holds: float) -> NDArray[np.float32]:
    """Return the weight of each window in each table of `_WordScores`, `(4, windows) float32`.

    The weight of a word that the passage contains is *holds*, from `weights.holding`.
    """
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
    word_scores: _WordScores,
    windows: Windows,
    damping: NDArray[np.float32],
    worth: NDArray[np.float32],
) -> None:
    """Add the score of one word to all tables, in the blocks that the word's windows reach.

    Args:
        word_scores: the tables, changed in place.
        windows: counts of the word in each window.
        damping: BM25 length normalisation, as returned by `_damping`.
        worth: weight of each window in each table, times the word's share of the question's rarity,
            `(4, windows) float32`.
    """
    sums, at = windows.sums, windows.at
    there = np.minimum(sums[:SEEN], np.float32(1))
    often = sums[SEEN:] / (damping[:, :, at] + sums[SEEN:])
    signs = np.concatenate([there, often]).reshape(len(WINDOWS), -1)
    word_scores.tables[:, :, at] += (worth @ signs).reshape(len(worth), *sums.shape[1:])


def _damping(candidates: CandidateBlocks, averages: Mapping[int, float]) -> NDArray[np.float32]:
    """Return the BM25 length normalisation, `(reaches, BLOCK, eligible blocks) float32`.

    It grows with the number of stems in the window of a slot. The mean number of stems in a window
    is in *averages*, by reach.
    """
    lengths = candidates.windows(
        np.arange(candidates.size), candidates.lengths, WINDOWS[SEEN:]
    ).sums
    a_stem = np.array([K1 * B / averages[reach] for reach in WORDS], dtype=np.float32)
    damping: NDArray[np.float32] = np.float32(K1 * (1 - B)) + a_stem[:, None, None] * lengths
    return damping


def _add_alike(
    total: Table,
    others: Mapping[str, float],
    candidates: CandidateBlocks,
    own: Windows,
    share: np.float32,
) -> None:
    """Add scores for similarly spelled words where the word itself is missing (misrecognition).

    Args:
        total: the table of scores, changed in place.
        others: the similarly spelled stems with their similarity (0..1).
        candidates: the candidate blocks.
        own: windows of the word itself.
        share: the word's share of the question's rarity.
    """
    found = [(candidates.scope.slots_of("stems", other), like) for other, like in others.items()]
    if not found:
        return
    likeness = np.repeat([like for _, like in found], [len(slots) for slots, _ in found])
    inside, slots = candidates.from_scope_slots(np.concatenate([slots for slots, _ in found]))
    order = np.lexsort((likeness[inside], slots))  # of several, the most similar one counts
    last = np.append(np.diff(slots[order]) > 0, True)[: len(order)]
    chosen = order[last]
    around = candidates.windows(slots[chosen], likeness[inside][chosen], (NEAR_BY,))
    has_word = np.zeros(total.shape, dtype=bool)
    has_word[:, own.at] = own.sums[WINDOWS.index(NEAR_BY)] > 0
    there = np.minimum(around.sums[0], np.float32(1))
    total[:, around.at] += np.float32(ALIKE * share) * np.where(has_word[:, around.at], 0, there)


def _add_pairs(
    total: Table,
    question: Question,
    candidates: CandidateBlocks,
    slots_of_stem: Mapping[str, Slots],
) -> None:
    """Add scores for word pairs that are adjacent in the question and share a passage.

    Args:
        total: the table of scores, changed in place.
        question: the parsed question.
        candidates: the candidate blocks.
        slots_of_stem: slots of each stem of the question in these blocks.
    """
    pairs = [(one, two) for one, two in pairwise(question.sequence) if one != two]
    weights = [min(question.rarity[one], question.rarity[two]) for one, two in pairs]
    for (one, two), weight in zip(pairs, weights, strict=True):
        if len(slots_of_stem[one]) and len(slots_of_stem[two]):
            here = np.zeros(candidates.size, dtype=bool)
            here[slots_of_stem[one]] = True
            both = slots_of_stem[two][here[slots_of_stem[two]]]
            table_cells = candidates.table_cells(both)[1]
            total.ravel()[table_cells] += np.float32(PAIRS * weight / sum(weights))


def _meaning(candidates: CandidateBlocks, weights: Weights) -> tuple[Table, Table, Table, Table]:
    """Return scores from the similarities, each `(BLOCK, eligible blocks) float32`.

    Returns:
        The similarity and the score of the passage, the score of its source, and the mean
        similarity of the passage and its two neighbours.
    """
    if candidates.near is None:
        nothing = np.zeros((BLOCK, len(candidates.eligible_positions)), dtype=np.float32)
        return nothing, nothing.copy(), nothing, nothing
    near = candidates.near
    inside, slots = candidates.from_scope_slots(near.slots)
    # One slot of padding on each side, so that every slot has two neighbours.
    filled = np.zeros(candidates.size + 2, dtype=bool)
    filled[1:-1] = candidates.filled
    cosine = np.where(filled, near.upper_bound, np.float32(0))
    cosine[1 + slots] = near.cosines[inside]
    at = candidates.eligible_positions * BLOCK + np.arange(1, BLOCK + 1)[:, None]
    own, before, after = cosine[at], cosine[at - 1], cosine[at + 1]
    present = np.where(filled, cosine, np.float32(-1))
    best = np.maximum(np.maximum(present[at], present[at - 1]), present[at + 1])
    mean = (own + before + after) / (np.float32(1) + filled[at - 1] + filled[at + 1])
    source = (
        np.float32(weights.source) * near.by_source(candidates.scope)[candidates.source_numbers]
    )
    here = np.float32(weights.meaning) * own + np.float32(weights.meaning_near) * mean
    here += np.float32(weights.meaning_best) * best
    return own, here, np.broadcast_to(source, here.shape), mean.astype(np.float32)
