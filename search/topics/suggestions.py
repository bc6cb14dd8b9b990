"""Topic suggestions for a session, computed from its passages.

The similarity of a passage and a topic is the mean of two cosines: with the centroid of the topic's
texts (names and definition), and with the nearest of these texts. It is scaled as likeness
(`search.embedding.cosine_scale`). Some passages are similar to all topics, so the mean similarity
to the starter vocabulary is subtracted as a baseline. It is used for all vocabularies. The score of
a session is the mean of its best quarter of passages. Scores of the title and description, and of
the share of passages that name the topic, are added. A topic is suggested from the score `LEAST`
on. This threshold and the weights come from the measurement in docs/decisions/0016.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from library.models import LabelKind, Topic
from library.vocabulary import starter_vocabulary
from library.vocabulary.session_topics import Suggestion
from search.embedding.cosine_scale import scale_of
from search.embedding.embedder import Embedder
from search.embedding.text_vectors import Vectors
from search.text.analyzer import stems

LEAST = 0.23  # minimum score of a suggested topic
MOST = 5  # maximum suggestions per session; people do not read more
PROOFS = 3  # passages stored as evidence for each topic
SHARE = 0.25  # share of passages that represent a session, at least two
TITLE, NAMED, NAMED_IN_TITLE = 0.5, 0.115, 0.06  # weights relative to the passages
OFTEN = 8  # full weight if 1/OFTEN of the passages name the topic

Scores = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class SessionText:
    """Texts and vectors of a session, from which topics are suggested."""

    passage_ids: Sequence[int]
    texts: Sequence[str]
    vectors: Vectors  # unit vectors, (passages, dimension) float32
    about: str  # title and description


class TopicModel:
    """Vectors and stems of the topics of a vocabulary. Vectors of texts are cached."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}
        self._ruler = [self._vectors(_written(entry)) for entry in starter_vocabulary.entries()]
        self._topics: list[tuple[int, Vectors, list[tuple[str, ...]]]] = []

    @property
    def model(self) -> str:
        """Name of the embedding model."""
        return self._embedder.model

    def learn(self, vocabulary: Iterable[Topic]) -> None:
        """Replace the vocabulary by these topics."""
        self._topics = [
            (topic.id, self._vectors(texts_of(topic)), [tuple(stems(n)) for n in names_of(topic)])
            for topic in vocabulary
        ]

    def suggest(
        self, talk: SessionText, *, confirmed: Sequence[int] = (), declined: Sequence[int] = ()
    ) -> list[Suggestion]:
        """Return the topics of a session with passages as evidence.

        Confirmed topics come first, then suggestions, each by descending score.

        Args:
            talk: the session.
            confirmed: ids of confirmed topics, for which passages are selected as well.
            declined: ids of topics that must not be suggested.
        """
        if not self._topics or not len(talk.passage_ids):
            return []
        titled = self._embedder.embed_passages([talk.about]) if talk.about.strip() else None
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

    def _suggestion(self, i: int, score: float, weight: Scores, talk: SessionText) -> Suggestion:
        best = np.argsort(-weight, kind="stable")[:PROOFS]
        return Suggestion(
            topic_id=self._topics[i][0],
            score=float(min(1.0, max(0.0, score))),
            passages=[(talk.passage_ids[p], float(weight[p])) for p in best],
        )

    def _nearness(self, vectors: Vectors) -> Scores:
        """Return similarities of texts and topics minus the baseline, `(texts, topics) float32`."""
        ruler = np.mean([_near(vectors, theirs) for theirs in self._ruler], axis=0)
        each = [_near(vectors, theirs) for _, theirs, _ in self._topics]
        between = scale_of(self._embedder).between_passages
        return between(np.stack(each, axis=1)) - between(ruler[:, None])

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed_passages(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def texts_of(topic: Topic) -> list[str]:
    """Return the texts embedded for a topic: names, definition, and name with definition."""
    return _texts(names_of(topic), topic.definition)


def names_of(topic: Topic) -> list[str]:
    """Return the label and all synonyms of a topic, in all languages, hidden ones included."""
    return list(dict.fromkeys([topic.label, *(name.text for name in topic.labels)]))


def synonyms(topic: Topic) -> list[str]:
    """Return the displayed synonyms of a topic in the library's language."""
    labels = (n for n in topic.labels if n.kind is LabelKind.ALTERNATIVE and not n.language)
    return sorted((name.text for name in labels), key=str.casefold)


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
    """Return the mean similarity of the best quarter of the passages, `(topics,) float32`.

    The similarities of passages and topics are in *near*, `(passages, topics) float32`.
    """
    count = max(2, int(len(near) * SHARE))
    best = np.sort(near, axis=0)[::-1][:count]
    return np.asarray(best.mean(axis=0), dtype=np.float32)


def _line(text: str) -> str:
    return f" {' '.join(stems(text))} "


def _names(line: str, names: Sequence[tuple[str, ...]]) -> bool:
    """Return whether the stems of one of *names* follow each other in *line*.

    The stems of a text are in *line*, separated by spaces.
    """
    return any(name and f" {' '.join(name)} " in line for name in names)
