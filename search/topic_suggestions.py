"""Which topics a session is about, suggested from its passages.

How near a passage is to a topic is the mean of two cosines: with the topic's names and definition
taken together, and with the nearest of them. Some passages are near to everything, so the mean
nearness to the vocabulary that comes with the program is taken off; it is the same ruler for
every vocabulary. The best quarter of the passages speaks for a session, with its title and
description, and with how often the topic is called by one of its names.
`benchmarks/topics.py` measures it, and where `LEAST` and the weights come from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from library.models import LabelKind, Topic
from library.vocabulary import starter_topics
from library.vocabulary.session_topics import Suggestion
from search.embed import Embedder, Vectors
from search.words import stems

LEAST = 0.2  # of a session's score for a topic that is suggested
MOST = 5  # suggestions for a session: more are not read
PROOFS = 3  # passages that are kept for each
SHARE = 0.25  # of the passages speak for the session, at least two
TITLE, NAMED, NAMED_IN_TITLE = 0.5, 0.1, 0.05  # weights beside the passages'
OFTEN = 8  # a topic that one in so many passages names is named often

Scores = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What a session's topics are told from."""

    passage_ids: Sequence[int]
    texts: Sequence[str]
    vectors: Vectors  # a row for each passage, of unit length
    about: str  # title and description


class Vocabulary:
    """The topics as vectors and words; texts that were embedded before are not again."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}
        self._ruler = [self._vectors(_written(entry)) for entry in starter_topics.entries()]
        self._topics: list[tuple[int, Vectors, list[tuple[str, ...]]]] = []

    @property
    def model(self) -> str:
        """Of the vectors that sessions are compared by."""
        return self._embedder.model

    def learn(self, vocabulary: Iterable[Topic]) -> None:
        """Take these topics for the vocabulary from now on."""
        self._topics = [
            (topic.id, self._vectors(texts_of(topic)), [tuple(stems(n)) for n in names_of(topic)])
            for topic in vocabulary
        ]

    def suggest(
        self, talk: Talk, *, confirmed: Sequence[int] = (), declined: Sequence[int] = ()
    ) -> list[Suggestion]:
        """The topics that *talk* is about, the surest first, with the passages that say so.

        Args:
            talk: a session.
            confirmed: topics that are sure already: the passages that speak for them are found.
            declined: topics that are not suggested.
        """
        if not self._topics or not len(talk.passage_ids):
            return []
        titled = self._embedder.embed([talk.about]) if talk.about.strip() else None
        near = self._nearness(talk.vectors)
        named = np.array(
            [[_names(text, n) for _, _, n in self._topics] for text in map(_line, talk.texts)]
        )
        score = _of_best(near) + NAMED * np.minimum(1, OFTEN * named.mean(axis=0))
        if titled is not None:
            called = [_names(_line(talk.about), n) for _, _, n in self._topics]
            score = score + TITLE * self._nearness(titled)[0] + NAMED_IN_TITLE * np.array(called)
        ranked = np.argsort(-score, kind="stable")
        sure = [i for i in ranked if self._topics[i][0] in set(confirmed)]
        new = [
            i
            for i in ranked
            if score[i] >= LEAST and self._topics[i][0] not in {*confirmed, *declined}
        ]
        weight = np.asarray(near + NAMED * named, dtype=np.float32)
        return [self._suggestion(i, score[i], weight[:, i], talk) for i in (*sure, *new[:MOST])]

    def _suggestion(self, i: int, score: float, weight: Scores, talk: Talk) -> Suggestion:
        best = np.argsort(-weight, kind="stable")[:PROOFS]
        return Suggestion(
            topic_id=self._topics[i][0],
            score=float(min(1.0, max(0.0, score))),
            passages=[(talk.passage_ids[p], float(weight[p])) for p in best],
        )

    def _nearness(self, vectors: Vectors) -> Scores:
        """How near each text is to each topic, less how near it is to topics in general."""
        ruler = np.mean([_near(vectors, theirs) for theirs in self._ruler], axis=0)
        each = [_near(vectors, theirs) for _, theirs, _ in self._topics]
        return np.asarray(np.stack(each, axis=1) - ruler[:, None], dtype=np.float32)

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def texts_of(topic: Topic) -> list[str]:
    """What a topic's vectors are made of: its names, its definition, and name with definition."""
    return _texts(names_of(topic), topic.definition)


def names_of(topic: Topic) -> list[str]:
    """The label and every synonym of a topic, in all languages and also the hidden ones."""
    return list(dict.fromkeys([topic.label, *(one.text for one in topic.labels)]))


def synonyms(topic: Topic) -> list[str]:
    """The synonyms of a topic that are shown, in the library's language."""
    shown = (o for o in topic.labels if o.kind is LabelKind.ALTERNATIVE and not o.language)
    return sorted((one.text for one in shown), key=str.casefold)


def _written(entry: Mapping[str, object]) -> list[str]:
    also = entry.get("also", [])
    names = [str(entry["label"]), *(also if isinstance(also, list) else [])]
    return _texts(names, str(entry["definition"]))


def _texts(names: Sequence[str], definition: str) -> list[str]:
    return [*names, *([definition, f"{names[0]}: {definition}"] if definition else [])]


def _near(vectors: Vectors, topic: Vectors) -> Scores:
    middle = topic.mean(axis=0)
    middle = middle / max(float(np.linalg.norm(middle)), 1e-12)
    return np.asarray((vectors @ middle + (vectors @ topic.T).max(axis=1)) / 2, dtype=np.float32)


def _of_best(near: Scores) -> Scores:
    """The mean nearness of the best quarter of the passages, for each topic."""
    count = max(2, int(len(near) * SHARE))
    best = np.sort(near, axis=0)[::-1][:count]
    return np.asarray(best.mean(axis=0), dtype=np.float32)


def _line(text: str) -> str:
    return f" {' '.join(stems(text))} "


def _names(line: str, names: Sequence[tuple[str, ...]]) -> bool:
    """Whether one of these names is in a line of stems."""
    return any(name and f" {' '.join(name)} " in line for name in names)
