"""Which blocks of a large area are worth scoring: a rough score, made to err on the high side.

The ranking looks at every place through several windows, which costs too much at a million
passages. Here each word is counted once for each block of eight passages, and a block is worth
what its best passage could at most be worth, more or less. The best blocks are then scored
exactly, by the same ranking that scores a small library whole.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search import ranking
from search.aims import Aim
from search.area import BITS, Area, Near
from search.field import Field, lay_out
from search.part import BLOCK, Line
from search.postings import Places
from search.question import Question

NEAREST = 2000  # cosines that are looked up; the rest count as the least of them
WHOLE = 4_000  # blocks that are all scored; in a larger area, …
CHOSEN = 1_000  # … only so many and their neighbours, …
CHOSEN_OF = 100  # … with one in so many: among more blocks, more have a rough score too low
MOST_AROUND = 3 * BLOCK  # places in a block and its two neighbours
FEW = 16  # of so many blocks one has a rare word at most


def promising(question: Question, area: Area) -> Field:
    """The field in which the best answers to a question are."""
    near = None
    if question.vector is not None and area.count:
        near = area.nearest(question.vector, NEAREST)
    blocks = np.flatnonzero(area.open_blocks)
    if len(blocks) > WHOLE:
        worth = _worth(question, area, near)[blocks]
        chosen = CHOSEN + len(blocks) // CHOSEN_OF
        blocks = blocks[np.argpartition(-worth, chosen)[:chosen]]
    return lay_out(area, blocks, near)


def _worth(question: Question, area: Area, near: Near | None) -> Line:
    """What the best passage of each block is worth, more or less."""
    worth, close = np.zeros((2, area.size // BLOCK), dtype=np.float32)
    everything = sum(question.rarity.values()) or 1.0
    said: dict[str, Places] = {}
    for stem, weight in question.rarity.items():
        share = np.float32(weight / everything)
        places = area.places_of("stems", stem)
        if len(places):
            said[stem] = places >> BITS
            _add_words(worth, close, said[stem], share, ranking.holding(question))
        _add_alike(worth, question.alike[stem], area, share)
    _add_pairs(worth, question, said)
    for name in question.speakers:
        worth[area.places_of("speakers", name) >> BITS] += np.float32(ranking.SPEAKER)
    if near is not None:
        _add_meaning(worth, close, area, near)
    return _stretched(worth) if question.aim is Aim.SUBJECT else worth


def _stretched(worth: Line) -> Line:
    """What blocks are worth where a passage counts for its stretch, too."""
    beside = worth.copy()
    for away in range(1, -(-ranking.STRETCH // BLOCK) + 1):
        beside[away:] = np.maximum(beside[away:], worth[:-away])
        beside[:-away] = np.maximum(beside[:-away], worth[away:])
    return np.float32(0.5) * (worth + beside)


def _add_words(worth: Line, close: Line, blocks: Places, share: np.float32, holds: float) -> None:
    """Add what a word gives to blocks by being said in them and around them."""
    here = _counted(blocks, len(worth))
    around = here.copy()
    around[1:] += here[:-1]
    around[:-1] += here[1:]
    # Most words are rare and give something to few blocks.
    reached = np.flatnonzero(around != 0)
    at = reached if 4 * len(reached) < len(worth) else slice(None)
    gained, often = _gains(holds)
    cell = here[at] * np.uint8(MOST_AROUND + 1) + around[at]
    worth[at] += (share * gained)[cell]
    close[at] += (share * often)[cell]


def _counted(blocks: Places, size: int) -> NDArray[np.uint8]:
    """How many of these places, given by their blocks, are in each block."""
    if len(blocks) * FEW > size:
        return np.bincount(blocks, minlength=size).astype(np.uint8)
    counts = np.zeros(size, dtype=np.uint8)
    np.add.at(counts, blocks, np.uint8(1))
    return counts


@lru_cache(4)
def _gains(holds: float) -> tuple[Line, Line]:
    """What a word gives to a block, in all and close by, by the counts in it and around it."""
    counts = np.arange(MOST_AROUND + 1, dtype=np.float32)
    here, around = np.meshgrid(counts[: BLOCK + 1], counts, indexing="ij")
    gained = np.float32(holds + ranking.LEADING_UP) * (here > 0)
    gained += np.float32(ranking.COVERAGE) * (around > 0)
    close = np.zeros_like(gained)
    for reach, weight in ranking.WORDS.items():
        within = here if 2 * reach + 1 <= BLOCK else around
        often = within / (within + np.float32(ranking.K1))
        gained += np.float32(weight) * often
        if reach == ranking.CLOSE:
            close += often
    return gained.ravel().astype(np.float32), close.ravel()


def _add_alike(worth: Line, others: Mapping[str, float], area: Area, share: np.float32) -> None:
    """Add what words that are spelled like one of the question's give to blocks."""
    if others:
        likeness = np.zeros(len(worth), dtype=np.float32)
        for other, alike in others.items():
            blocks = area.places_of("stems", other) >> BITS
            likeness[blocks] = np.maximum(likeness[blocks], np.float32(alike))
        at = np.flatnonzero(likeness > 0)
        worth[at] += np.float32(ranking.ALIKE) * share * likeness[at]


def _add_pairs(worth: Line, question: Question, said: dict[str, Places]) -> None:
    pairs = [(one, two) for one, two in pairwise(question.sequence) if one != two]
    weights = [min(question.rarity[one], question.rarity[two]) for one, two in pairs]
    for (one, two), weight in zip(pairs, weights, strict=True):
        if one in said and two in said:
            here = np.zeros(len(worth), dtype=bool)
            here[said[one]] = True
            both = said[two][here[said[two]]]
            worth[both] += np.float32(ranking.PAIRS * weight / sum(weights))


def _add_meaning(worth: Line, close: Line, area: Area, near: Near) -> None:
    """Add what the cosines give to blocks, alone and together with the words."""
    best = np.full(len(worth), near.least, dtype=np.float32)
    np.maximum.at(best, near.places >> BITS, near.cosines)
    alone = ranking.MEANING + ranking.MEANING_BEST + ranking.MEANING_NEAR
    worth += (np.float32(alone) + np.float32(ranking.AGREED) * close) * best
    worth += (np.float32(ranking.SOURCE) * near.by_source(area))[area.block_sources]
