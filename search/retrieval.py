"""The passages that answer a question best, before anything is folded or cut."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer
from library.holdings import passages
from library.searching import scope
from library.searching.scope import Filters
from library.store import Transaction
from search.elsewhere import one_from_elsewhere
from search.embed import Embedder
from search.evidence import evidence
from search.moments import Ranked
from search.question import Question, read_question
from search.ranking import Scores, score
from search.serving import Serving
from search.sieve import promising
from search.snapshot import Snapshot
from search.usual import usual
from search.vocabulary import Vocabulary

Asker = tuple[Viewer, Filters]  # who asks, and what they narrowed the search to


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The passages for a question, best first."""

    question: Question
    passages: list[Ranked]
    evidence: float  # how much more than is needed speaks for an answer being among them
    up_to: int | None = None  # the newest passage that was looked at, if not all could be

    @property
    def answers(self) -> bool:
        """Whether there is one."""
        return bool(self.passages) and self.evidence >= 0


def retrieved(
    db: Transaction,
    serving: Serving,
    vocabulary: Vocabulary,
    text: str,
    asker: Asker,
    *,
    depth: int,
    vector: NDArray[np.float32] | None = None,
) -> Ranking:
    """The *depth* best passages for a question.

    Args:
        db: a view of the library.
        serving: the index and the model of now.
        vocabulary: the words of the index, for those that are spelled alike.
        text: the question.
        asker: who asks, and what they narrowed the search to.
        depth: how many at most.
        vector: of the question, of unit length, where it is known already.
    """
    viewer, filters = asker
    sources = np.array(scope.sources_in(db, viewer, filters), dtype=np.int64)
    snapshot = serving.index.current(db)
    vector = _embedded(serving.embedder, text) if vector is None else vector
    question = read_question(
        text,
        vector,
        frequency=snapshot.frequency,
        passages=snapshot.everything.count,
        speakers=snapshot.speakers,
        alike=vocabulary.of(snapshot.parts).alike,
    )
    area = snapshot.area(sources)
    if filters.person_id is not None:
        area = replace(area, speaker=filters.person_id)
    field = promising(question, area)
    scores = score(question, field, snapshot.averages)
    best = _best(scores, depth)
    places = field.area_places(field.candidates[best])
    order = one_from_elsewhere(question.aim, places, scores.total[best])
    best, ids = best[order], area.ids(places[order])
    near = None if vector is None else usual(snapshot.shown, vector)
    return Ranking(
        question=question,
        passages=_ranked(ids, scores, best),
        evidence=evidence(question, field, scores, int(best[0]), near) if len(best) else 0.0,
        up_to=snapshot.stamp.passage_id if _is_partial(db, snapshot) else None,
    )


def _is_partial(db: Transaction, snapshot: Snapshot) -> bool:
    """Whether there are passages that the index has not come to yet."""
    return snapshot.stamp.passage_id < passages.stamp(db).passage_id


def _embedded(embedder: Embedder | None, question: str) -> NDArray[np.float32] | None:
    if embedder is None or not question.strip():
        return None
    vector: NDArray[np.float32] = embedder.embed([question])[0]
    return vector


def _best(scores: Scores, depth: int) -> NDArray[np.int64]:
    """The candidates with the highest scores, best first; the earlier of two equals first."""
    total = scores.total
    if depth < len(total):
        floor = np.partition(total, len(total) - depth)[len(total) - depth]
        chosen = np.flatnonzero(total >= floor)
    else:
        chosen = np.arange(len(total))
    best: NDArray[np.int64] = chosen[np.argsort(-total[chosen], kind="stable")][:depth]
    return best


def _ranked(ids: NDArray[np.int64], scores: Scores, places: NDArray[np.int64]) -> list[Ranked]:
    """The passages at these places of the scores, in that order."""
    words, meaning = scores.words[places].tolist(), scores.meaning[places].tolist()
    topic, speaker = scores.topic[places].tolist(), scores.speaker[places].tolist()
    parts = [
        {"words": said, "meaning": meant, "topic": about, "speaker": named}
        for said, meant, about, named in zip(words, meaning, topic, speaker, strict=True)
    ]
    return [
        Ranked(passage_id=passage_id, score=total, parts=made_of)
        for passage_id, total, made_of in zip(
            ids.tolist(), scores.total[places].tolist(), parts, strict=True
        )
    ]
