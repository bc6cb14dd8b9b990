"""Retrieval of the best passages for a question, with adjacent and duplicate passages."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer
from library.discovery import search_scope
from library.discovery.search_scope import Filters
from library.sessions import passages
from library.store import Transaction
from search.embedding.cosine_scale import scale_of
from search.embedding.embedder import Embedder
from search.index.active_model import ActiveModel
from search.index.index_segment import SlotArray
from search.index.lexicon import Vocabulary
from search.index.snapshot import Snapshot
from search.ranking.answerability import CLEAR, evidence, evidence_of_meaning, risen
from search.ranking.candidate_blocks import gather
from search.ranking.intent import Intent
from search.ranking.passage_filters import apply_passage_filters
from search.ranking.pruning import nearest_passages, select_blocks
from search.ranking.question import Question, read_question
from search.ranking.score_background import ScoreBackground, score_background
from search.ranking.scoring import Scores, score
from search.ranking.weights import NEIGHBOURHOOD, WORDS, weights_for

SearchContext = tuple[Viewer, Filters]  # the viewer and their filters


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedPassage:
    """Id of a passage, with its score and the components of the score."""

    passage_id: int
    score: float
    parts: Mapping[str, float]  # components of the score, by name


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Passages for a question, best first."""

    question: Question
    passages: list[RankedPassage]
    evidence: float  # evidence minus threshold; an answer exists from 0 on …
    clear_from: float = 0.0  # … and is clear from this evidence on
    further_moments: float = math.inf  # difference to the best moment of the same session
    up_to: int | None = None  # newest indexed passage id, if the index is incomplete

    @property
    def answers(self) -> bool:
        """True if there are passages and their evidence reaches the threshold."""
        return bool(self.passages) and self.evidence >= 0

    @property
    def is_weak(self) -> bool:
        """True if passages answer, and their evidence is not clear."""
        return self.answers and self.evidence < self.clear_from


def retrieve(
    db: Transaction,
    serving: ActiveModel,
    vocabulary: Vocabulary,
    text: str,
    asker: SearchContext,
    *,
    depth: int,
    vector: NDArray[np.float32] | None = None,
) -> Ranking:
    """Return the *depth* best passages for a question.

    Args:
        db: a transaction.
        serving: the active model and index.
        vocabulary: lexicon of the index, for similarly spelled words.
        text: the question.
        asker: the viewer and their filters.
        depth: maximum number of passages.
        vector: unit vector of the question, `(dimension,) float32`; embedded if None.
    """
    viewer, filters = asker
    sources = np.array(search_scope.sources_in(db, viewer, filters), dtype=np.int64)
    snapshot = serving.index.current(db)
    vector = _embedded(serving.embedder, text) if vector is None else vector
    question = read_question(
        text,
        vector,
        frequency=snapshot.frequency,
        passages=snapshot.full_scope.count,
        speakers=snapshot.speakers,
        alike=vocabulary.of(snapshot.segments).alike,
        languages=snapshot.languages,
    )
    scope = apply_passage_filters(db, snapshot.scope(sources), filters)
    model = serving.embedder.model if serving.embedder else ""
    weights = weights_for(model, len(question.rarity))
    background = _background(serving.embedder, snapshot, vector)
    nearest = nearest_passages(question, scope)
    if weights.relative and nearest is not None and background is not None:
        nearest = background.near(nearest)
    candidates = gather(scope, select_blocks(question, scope, nearest, weights), nearest)
    scores = score(question, candidates, snapshot.averages(WORDS), weights)
    best = _best(scores, depth)
    slots = candidates.to_scope_slots(candidates.slots[best])
    order = promote_distant(question.aim, slots, scores.total[best])
    best, ids = best[order], scope.ids(slots[order])
    clear_from = 0.0
    if weights.answers_from is not None and background is not None:
        clear_from = CLEAR
        least = risen(weights.answers_from, scope.count)
        found = evidence_of_meaning(question, scores, background, least)
    elif len(best):
        found = evidence(question, candidates, scores, int(best[0]), background)
    else:
        found = 0.0
    return Ranking(
        question=question,
        passages=_ranked(ids, scores, best),
        evidence=found,
        clear_from=clear_from,
        further_moments=weights.further_moments,
        up_to=snapshot.stamp.passage_id if _is_partial(db, snapshot) else None,
    )


def _is_partial(db: Transaction, snapshot: Snapshot) -> bool:
    """Return whether the index lacks some passages of the library."""
    return snapshot.stamp.passage_id < passages.stamp(db).passage_id


def _background(
    embedder: Embedder | None, snapshot: Snapshot, vector: NDArray[np.float32] | None
) -> ScoreBackground | None:
    if embedder is None or vector is None:
        return None
    return score_background(snapshot.shown, vector, scale_of(embedder))


def _embedded(embedder: Embedder | None, question: str) -> NDArray[np.float32] | None:
    if embedder is None or not question.strip():
        return None
    vector: NDArray[np.float32] = embedder.embed_questions([question])[0]
    return vector


def _best(scores: Scores, depth: int) -> NDArray[np.int64]:
    """Return the candidates with the highest scores, best first, `(k,) int64`.

    Candidates with equal scores are in slot order.
    """
    total = scores.total
    if depth < len(total):
        floor = np.partition(total, len(total) - depth)[len(total) - depth]
        chosen = np.flatnonzero(total >= floor)
    else:
        chosen = np.arange(len(total))
    best: NDArray[np.int64] = chosen[np.argsort(-total[chosen], kind="stable")][:depth]
    return best


def _ranked(
    ids: NDArray[np.int64], scores: Scores, slots: NDArray[np.int64]
) -> list[RankedPassage]:
    """Return passages with their scores, in the order of *slots*.

    Args:
        ids: passage ids, `(n,) int64`.
        scores: scores of all candidates.
        slots: candidate numbers of these passages, `(n,) int64`.
    """
    words, meaning = scores.words[slots].tolist(), scores.meaning[slots].tolist()
    topic, speaker = scores.topic[slots].tolist(), scores.speaker[slots].tolist()
    parts = [
        {"words": lexical, "meaning": meant, "topic": about, "speaker": named}
        for lexical, meant, about, named in zip(words, meaning, topic, speaker, strict=True)
    ]
    return [
        RankedPassage(passage_id=passage_id, score=total, parts=made_of)
        for passage_id, total, made_of in zip(
            ids.tolist(), scores.total[slots].tolist(), parts, strict=True
        )
    ]


FIRST = 4  # first results that keep their position
NEARLY = 1.25  # maximum difference between the best score and that of a moved passage


def promote_distant(aim: Intent, slots: NDArray[np.int64], totals: SlotArray) -> NDArray[np.int64]:
    """Return the order of passages, `(n,) int64`, with a distant one after the first `FIRST`.

    A passage is distant if it is more than `NEIGHBOURHOOD` slots away from each of the first
    `FIRST` passages. The best distant passage is moved if its score is at most `NEARLY` below the
    best score.

    Args:
        aim: intent of the question; only `Intent.SUBJECT` changes the order.
        slots: slots in the search scope, best first, `(n,) int64`.
        totals: their scores, `(n,) float32`.
    """
    order = np.arange(len(slots))
    if aim is not Intent.SUBJECT:
        return order
    away = np.abs(slots[:, None] - slots[None, :FIRST]).min(axis=1, initial=np.iinfo(int).max)
    far = np.flatnonzero((away > NEIGHBOURHOOD) & (totals >= totals[:1] - NEARLY))
    far = far[far >= FIRST][:1]
    return np.concatenate([order[:FIRST], far, np.setdiff1d(order[FIRST:], far)])
