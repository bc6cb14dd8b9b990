"""Sessions whose title, topics or description match a question.

The words of these fields are weighted as in BM25F (Robertson, Zaragoza & Taylor 2004), without term
frequencies: each word of the question counts once, in the field with the highest weight. The score
is the share of the question's rarity that a session covers. So it is comparable between questions,
and one threshold serves all.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.index.index_segment import Mask, SlotArray
from search.index.session_texts import PartView, TextIndex, whole_title
from search.ranking.question import rarity
from search.text.analyzer import stems

LEAST = 0.7  # least score of a match: with a description alone, seven of eight equally rare words
REASON = 0.5  # share of the best field's score from which a field is a reason, too
ASKED, TITLE = 0.9, 0.75  # shares of question and title that they have in common if it is named


class MatchedField(enum.StrEnum):
    """Field of a session that matches a question."""

    TITLE = "title"
    TOPIC = "topic"
    DESCRIPTION = "description"


WEIGHTS = {MatchedField.DESCRIPTION: 0.8, MatchedField.TOPIC: 0.9, MatchedField.TITLE: 1.0}


@dataclass(frozen=True, kw_only=True)
class AskedTopic:
    """A topic that the question names, with the sessions about it."""

    stems: frozenset[str]  # of the name that the question uses
    session_ids: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SessionMatch:
    """A session that matches a question."""

    session_id: int
    fields: Sequence[MatchedField]  # best first
    score: float  # 0..1
    is_named: bool  # the question is, or nearly is, the title


@dataclass(frozen=True)
class _Scores:
    """Scores of the matching sessions of one part, in the order of their ids."""

    ids: NDArray[np.int64]
    total: SlotArray
    shares: Mapping[MatchedField, SlotArray]  # of the question's rarity, in each field
    is_named: Mask


def match_sessions(
    index: TextIndex, question: str, topics: Sequence[AskedTopic]
) -> Iterator[SessionMatch]:
    """Yield the sessions that match a question, best first; of equal ones, the newest first.

    Args:
        index: titles and descriptions of all sessions. Access is not checked.
        question: the question, without operators.
        topics: topics that the question names.
    """
    weights = {
        stem: rarity(index.frequency(stem), index.count) for stem in dict.fromkeys(stems(question))
    }
    found = [_scored(view, whole_title(question), weights, topics) for view in index.parts]
    if not found:
        return
    ids, total, is_named = (
        np.concatenate([getattr(part, name) for part in found])
        for name in ("ids", "total", "is_named")
    )
    shares = {name: np.concatenate([part.shares[name] for part in found]) for name in WEIGHTS}
    for at in np.lexsort((-ids, -total.round(3), ~is_named)).tolist():
        yield SessionMatch(
            session_id=int(ids[at]),
            fields=_reasons({name: WEIGHTS[name] * float(shares[name][at]) for name in WEIGHTS}),
            score=float(total[at]),
            is_named=bool(is_named[at]),
        )


def _scored(
    view: PartView, whole: str, weights: Mapping[str, float], topics: Sequence[AskedTopic]
) -> _Scores:
    """Return the scores of the sessions of a part that match.

    Args:
        view: the part.
        whole: key of the title that is equal to the question.
        weights: inverse document frequency of each stem of the question.
        topics: topics that the question names.
    """
    part, everything = view.part, sum(weights.values()) or 1.0
    about = [(topic.stems, np.isin(part.ids, topic.session_ids)) for topic in topics]
    total, shared_words = np.zeros((2, len(part)), dtype=np.float32)
    shares = {name: np.zeros(len(part), dtype=np.float32) for name in WEIGHTS}
    for stem, weight in weights.items():
        share, best = np.float32(weight / everything), np.zeros(len(part), dtype=np.float32)
        in_topic = [rows for named, rows in about if stem in named]
        rows_with: dict[MatchedField, NDArray[Any]] = {
            MatchedField.DESCRIPTION: part.descriptions.slots_of(stem),
            MatchedField.TOPIC: np.logical_or.reduce([np.zeros(len(part), dtype=bool), *in_topic]),
            MatchedField.TITLE: part.titles.slots_of(stem),
        }
        for name, field_weight in WEIGHTS.items():  # the highest weight is written last
            best[rows_with[name]] = field_weight
            shares[name][rows_with[name]] += share
        shared_words[rows_with[MatchedField.TITLE]] += 1
        total += share * best
    is_named = _named(shares[MatchedField.TITLE], shared_words, part.title_sizes)
    same = part.titles.slots_of(whole)
    is_named[same], total[same], shares[MatchedField.TITLE][same] = True, 1, 1
    rows = np.flatnonzero(view.rows & (total >= np.float32(LEAST)))
    return _Scores(
        part.ids[rows], total[rows], {n: shares[n][rows] for n in WEIGHTS}, is_named[rows]
    )


def _named(title_share: SlotArray, shared_words: SlotArray, sizes: SlotArray) -> Mask:
    """Return the mask of titles that have nearly the same words as the question, `(rows,) bool`.

    Args:
        title_share: share of the question's rarity in each title, `(rows,) float32`.
        shared_words: number of the question's words in each title, `(rows,) float32`.
        sizes: number of words of each title, `(rows,) float32`.
    """
    return (title_share >= np.float32(ASKED)) & (shared_words >= np.float32(TITLE) * sizes)


def _reasons(covered: Mapping[MatchedField, float]) -> list[MatchedField]:
    least = REASON * max(covered.values())
    return sorted((f for f in covered if covered[f] >= least), key=lambda f: -covered[f])
