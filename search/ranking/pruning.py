"""Block selection in a large search scope by approximate upper bounds of the score.

Exact scoring sums several windows per slot, which is too slow for a million passages. Here each
word is counted once per block of eight passages. The estimate of a block is about the highest score
that one of its passages could have. The best blocks are then scored exactly.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.index.index_segment import BLOCK, SlotArray
from search.index.postings import Slots
from search.index.scope import BITS, Near, SearchScope
from search.ranking import weights
from search.ranking.candidate_blocks import Blocks
from search.ranking.intent import Intent
from search.ranking.question import Question
from search.ranking.weights import Weights

NEAREST = 2000  # passages with an exact cosine; all others get the lowest of these cosines
WHOLE = 4_000  # up to this many blocks, all are scored; in a larger scope, …
CHOSEN = 1_000  # … only this many and their neighbours, …
CHOSEN_OF = 100  # … plus 1/CHOSEN_OF of all: in a larger scope, more estimates are too low
MOST_AROUND = 3 * BLOCK  # slots in a block and its two neighbours
FEW = 16  # a word is rare if it occurs at most once per FEW blocks


def nearest_passages(question: Question, scope: SearchScope) -> Near | None:
    """Return the passages nearest to the question; None if the question has no vector."""
    if question.vector is None or not scope.count:
        return None
    return scope.nearest(question.vector, NEAREST)


def select_blocks(
    question: Question,
    scope: SearchScope,
    near: Near | None,
    weighting: Weights = weights.GENERAL,
) -> Blocks:
    """Return the numbers of the blocks that hold the best answers to a question, `(n,) int64`."""
    blocks = np.flatnonzero(scope.searchable_blocks)
    if len(blocks) > WHOLE:
        worth = _upper_bounds(question, scope, near, weighting)[blocks]
        chosen = CHOSEN + len(blocks) // CHOSEN_OF
        blocks = blocks[np.argpartition(-worth, chosen)[:chosen]]
    return blocks


def _upper_bounds(
    question: Question, scope: SearchScope, near: Near | None, weighting: Weights
) -> SlotArray:
    """Return an approximate upper bound of the best score in each block, `(blocks,) float32`."""
    worth, close = np.zeros((2, scope.size // BLOCK), dtype=np.float32)
    everything = sum(question.rarity.values()) or 1.0
    blocks_of_stem: dict[str, Slots] = {}
    for stem, weight in question.rarity.items():
        share = np.float32(weight / everything)
        slots = scope.slots_of("stems", stem)
        if len(slots):
            blocks_of_stem[stem] = slots >> BITS
            gains = _gains(weights.holding(question), weighting.further / weighting.words)
            _add_words(worth, close, blocks_of_stem[stem], share, gains)
        _add_alike(worth, question.alike[stem], scope, share)
    _add_pairs(worth, question, blocks_of_stem)
    worth *= np.float32(weighting.words)
    close *= np.float32(weighting.words)
    for name in question.speakers:
        worth[scope.slots_of("speakers", name) >> BITS] += np.float32(weights.SPEAKER)
    if near is not None:
        _add_meaning(worth, close, scope, near, weighting)
    is_subject = question.aim is Intent.SUBJECT
    return _stretched(worth) if is_subject else worth


def _stretched(worth: SlotArray) -> SlotArray:
    """Return the mean of each block's bound and the best bound nearby, `(blocks,) float32`.

    The bounds of the blocks are *worth*, `(blocks,) float32`.
    """
    beside = worth.copy()
    for away in range(1, -(-weights.NEIGHBOURHOOD // BLOCK) + 1):
        beside[away:] = np.maximum(beside[away:], worth[:-away])
        beside[:-away] = np.maximum(beside[:-away], worth[away:])
    return np.float32(0.5) * (worth + beside)


def _add_words(
    worth: SlotArray,
    close: SlotArray,
    blocks: Slots,
    share: np.float32,
    gains: tuple[SlotArray, SlotArray],
) -> None:
    """Add the contribution of one word of the question to *worth* and *close*, in place.

    Args:
        worth: upper bound of the score of each block, `(blocks,) float32`.
        close: bound of the score (0..1) of words up to `weights.CLOSE` passages away, `(blocks,)
            float32`.
        blocks: the block of each occurrence of the word, `(n,) int32`.
        share: rarity of the word, divided by the sum of the rarities of all words in the question.
        gains: lookup tables from `_gains`.
    """
    here = _counted(blocks, len(worth))
    around = here.copy()
    around[1:] += here[:-1]
    around[:-1] += here[1:]
    # Most words are rare and reach few blocks.
    reached = np.flatnonzero(around != 0)
    at = reached if 4 * len(reached) < len(worth) else slice(None)
    gained, often = gains
    cell = here[at] * np.uint8(MOST_AROUND + 1) + around[at]
    worth[at] += (share * gained)[cell]
    close[at] += (share * often)[cell]


def _counted(blocks: Slots, size: int) -> NDArray[np.uint8]:
    """Return the number of occurrences in each block, `(size,) uint8`.

    Args:
        blocks: the block of each occurrence, `(n,) int32`.
        size: number of blocks.
    """
    if len(blocks) * FEW > size:
        return np.bincount(blocks, minlength=size).astype(np.uint8)
    counts = np.zeros(size, dtype=np.uint8)
    np.add.at(counts, blocks, np.uint8(1))
    return counts


@lru_cache(4)
def _gains(holds: float, further: float) -> tuple[SlotArray, SlotArray]:
    """Return two lookup tables with the contribution of one word to the bound of a block.

    The flat index is the count of the word in the block, times `MOST_AROUND + 1`, plus its count in
    the block and its two neighbours.

    Args:
        holds: weight of a word that the passage contains, from `weights.holding`.
        further: factor of the windows that count as topic.

    Returns:
        The contribution to the bound, and the score (0..1) of the word in the window that reaches
        `weights.CLOSE` passages. Each has the shape `((BLOCK + 1) * (MOST_AROUND + 1),) float32`.
    """
    counts = np.arange(MOST_AROUND + 1, dtype=np.float32)
    here, around = np.meshgrid(counts[: BLOCK + 1], counts, indexing="ij")
    gained = np.float32(holds + weights.LEADING_UP) * (here > 0)
    gained += np.float32(weights.COVERAGE) * (around > 0)
    close = np.zeros_like(gained)
    for reach, weight in weights.WORDS.items():
        within = here if 2 * reach + 1 <= BLOCK else around
        often = within / (within + np.float32(weights.K1))
        gained += np.float32(weight * (further if reach >= weights.FURTHER else 1)) * often
        if reach == weights.CLOSE:
            close += often
    return gained.ravel().astype(np.float32), close.ravel()


def _add_alike(
    worth: SlotArray, others: Mapping[str, float], scope: SearchScope, share: np.float32
) -> None:
    """Add the contribution of words spelled like one word of the question to *worth*, in place.

    Args:
        worth: upper bound of the score of each block, `(blocks,) float32`.
        others: the similarly spelled stems with their similarity (0..1).
        scope: the search scope.
        share: rarity of the word, divided by the sum of the rarities of all words in the question.
    """
    if others:
        likeness = np.zeros(len(worth), dtype=np.float32)
        for other, alike in others.items():
            blocks = scope.slots_of("stems", other) >> BITS
            likeness[blocks] = np.maximum(likeness[blocks], np.float32(alike))
        at = np.flatnonzero(likeness > 0)
        worth[at] += np.float32(weights.ALIKE) * share * likeness[at]


def _add_pairs(worth: SlotArray, question: Question, blocks_of_stem: dict[str, Slots]) -> None:
    pairs = [(one, two) for one, two in pairwise(question.sequence) if one != two]
    rarities = [min(question.rarity[one], question.rarity[two]) for one, two in pairs]
    for (one, two), rarity in zip(pairs, rarities, strict=True):
        if one in blocks_of_stem and two in blocks_of_stem:
            here = np.zeros(len(worth), dtype=bool)
            here[blocks_of_stem[one]] = True
            both = blocks_of_stem[two][here[blocks_of_stem[two]]]
            worth[both] += np.float32(weights.PAIRS * rarity / sum(rarities))


def _add_meaning(
    worth: SlotArray, close: SlotArray, scope: SearchScope, near: Near, weighting: Weights
) -> None:
    """Add the contribution of the similarities to the upper bounds *worth*, in place.

    The best similarity in each block is added twice with weights: alone, and multiplied by *close*,
    the score of the question's words near a passage. Both arrays are `(blocks,) float32`.
    """
    best = np.full(len(worth), near.upper_bound, dtype=np.float32)
    np.maximum.at(best, near.slots >> BITS, near.cosines)
    alone = weighting.meaning + weighting.meaning_best + weighting.meaning_near
    worth += (np.float32(alone) + np.float32(weights.AGREED) * close) * best
    worth += (np.float32(weighting.source) * near.by_source(scope))[scope.block_sources]
