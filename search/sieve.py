"""Which blocks of a large area are worth scoring: a rough score, made to err on the high side.

The ranking looks at every place through several windows, which costs too much at a million
passages. Here each word is counted once for each block of eight passages, and a block is worth
what its best passage could at most be worth, more or less. The best blocks are then scored
exactly, by the same ranking that scores a small library whole.
"""

from itertools import pairwise

import numpy as np

from search import ranking
from search.aims import Aim
from search.field import Area, Field, Near, lay_out
from search.part import BLOCK, Line
from search.postings import Places
from search.question import Question

NEAREST = 2000  # cosines that are looked up; the rest count as the least of them
WHOLE = 4_000  # blocks that are all scored; in a larger area, …
CHOSEN = 2_000  # … only so many, and their neighbours


def promising(question: Question, area: Area) -> Field:
    """The field in which the best answers to a question are."""
    near = None
    if question.vector is not None and area.count:
        near = area.nearest(question.vector, NEAREST)
    blocks = np.flatnonzero(area.open_blocks)
    if len(blocks) > WHOLE:
        worth = _worth(question, area, near)[blocks]
        blocks = blocks[np.argpartition(-worth, CHOSEN)[:CHOSEN]]
    return lay_out(area, blocks, near)


def _worth(question: Question, area: Area, near: Near | None) -> Line:
    """What the best passage of each block is worth, more or less."""
    count = area.size // BLOCK
    worth = np.zeros(count, dtype=np.float32)
    everything = sum(question.rarity.values()) or 1.0
    said: dict[str, Places] = {}
    for stem, weight in question.rarity.items():
        places, _ = area.find("stems", stem)
        if len(places):
            said[stem] = places // BLOCK
            worth += np.float32(weight / everything) * _words(
                said[stem], count, ranking.holding(question)
            )
    _add_pairs(worth, question, said)
    for name in question.speakers:
        places, _ = area.find("speakers", name)
        worth[places // BLOCK] += np.float32(ranking.SPEAKER)
    if near is not None:
        worth += _meaning(area, near)
    return _stretched(worth) if question.aim is Aim.SUBJECT else worth


def _stretched(worth: Line) -> Line:
    """What blocks are worth where a passage counts for its stretch, too."""
    beside = worth.copy()
    for away in range(1, -(-ranking.STRETCH // BLOCK) + 1):
        beside[away:] = np.maximum(beside[away:], worth[:-away])
        beside[:-away] = np.maximum(beside[:-away], worth[away:])
    return np.float32(0.5) * (worth + beside)


def _words(blocks: Places, count: int, holds: float) -> Line:
    """What a word gives to blocks by being said in them and around them."""
    here = np.bincount(blocks, minlength=count).astype(np.float32)
    around = here.copy()
    around[1:] += here[:-1]
    around[:-1] += here[1:]
    in_reach = around > 0
    gained = np.float32(holds + ranking.LEADING_UP) * (here > 0)
    gained += np.float32(ranking.COVERAGE) * in_reach
    for reach, worth in ranking.WORDS.items():
        within = here if 2 * reach + 1 <= BLOCK else around
        gained += np.float32(worth) * within / (within + np.float32(ranking.K1))
    return gained


def _add_pairs(worth: Line, question: Question, said: dict[str, Places]) -> None:
    pairs = [(one, two) for one, two in pairwise(question.sequence) if one != two]
    weights = [min(question.rarity[one], question.rarity[two]) for one, two in pairs]
    for (one, two), weight in zip(pairs, weights, strict=True):
        if one in said and two in said:
            here = np.zeros(len(worth), dtype=bool)
            here[said[one]] = True
            both = said[two][here[said[two]]]
            worth[both] += np.float32(ranking.PAIRS * weight / sum(weights))


def _meaning(area: Area, near: Near) -> Line:
    """What the cosines give to blocks."""
    best = np.full(area.size // BLOCK, near.least, dtype=np.float32)
    np.maximum.at(best, near.places // BLOCK, near.cosines)
    alone = ranking.MEANING + ranking.MEANING_BEST + ranking.MEANING_NEAR
    source = near.by_source(area)[area.block_sources]
    return np.float32(alone) * best + np.float32(ranking.SOURCE) * source
