"""Topics that a question names, by their label or any synonym.

The ranking does not use topics. Sessions about a named topic are offered beside the answer. A
synonym that no speaker used still leads to the sessions of its topic.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from library.access import Viewer
from library.store import Transaction
from library.vocabulary import confirmed_topics, labels, suggestion_progress
from search.text.analyzer import stems

MOST = 3  # maximum number of topics beside an answer

Stems = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NamedTopic:
    """A topic named in a question."""

    topic_id: int
    label: str
    said: str  # the name used in the question
    sessions: int  # visible sessions about the topic or a narrower one


@dataclass(frozen=True)
class Name:
    """A label or synonym of a topic."""

    topic_id: int
    label: str
    text: str
    stems: Stems


class TopicNames:
    """Topic names of a library, indexed by their first stem. Reloaded after vocabulary changes."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._revision = -1
        self._names: Mapping[str, Sequence[Name]] = {}

    def asked(self, db: Transaction, viewer: Viewer, question: str) -> list[NamedTopic]:
        """Return the topics named in *question*, longest name first.

        Topics without sessions visible to *viewer* are left out.
        """
        found: list[NamedTopic] = []
        for name in _longest(self._in(db, stems(question))):
            count = confirmed_topics.count_about(db, viewer, name.topic_id)
            if count:
                found.append(
                    NamedTopic(
                        topic_id=name.topic_id, label=name.label, said=name.text, sessions=count
                    )
                )
        return found[:MOST]

    def _in(self, db: Transaction, question_stems: Sequence[str]) -> Iterator[Name]:
        names = self._current(db)
        for place, first in enumerate(question_stems):
            for name in names.get(first, ()):
                if tuple(question_stems[place : place + len(name.stems)]) == name.stems:
                    yield name

    def _current(self, db: Transaction) -> Mapping[str, Sequence[Name]]:
        revision = suggestion_progress.current(db).revision
        with self._changing:
            if revision != self._revision:
                self._names = _by_first(labels.all_labels(db))
                self._revision = revision
            return self._names


def _by_first(known: Iterable[tuple[int, str, str]]) -> Mapping[str, Sequence[Name]]:
    names: dict[str, list[Name]] = {}
    for topic_id, label, text in known:
        if name_stems := tuple(stems(text)):
            names.setdefault(name_stems[0], []).append(Name(topic_id, label, text, name_stems))
    return names


def _longest(names: Iterable[Name]) -> list[Name]:
    """Return the longest name of each topic, longest name first."""
    best: dict[int, Name] = {}
    for name in sorted(names, key=lambda n: (-len(n.stems), n.text != n.label, n.topic_id)):
        best.setdefault(name.topic_id, name)
    return list(best.values())[: 2 * MOST]
