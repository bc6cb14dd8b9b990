"""The topics that a question names, by their label or by any other name that they have.

The ranking knows nothing of them: what is filed under a topic is offered beside the answer, so a
synonym that nobody said leads to what was said about it.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from library.access import Viewer
from library.store import Transaction
from library.vocabulary import filed, labels, topic_progress
from search.words import stems

MOST = 3  # topics beside one answer

Stems = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NamedTopic:
    """A topic that a question names."""

    topic_id: int
    label: str
    said: str  # the name by which it was called
    sessions: int  # about it or something narrower, of those that the asker may see


@dataclass(frozen=True)
class Name:
    """One of the names of a topic."""

    topic_id: int
    label: str
    text: str
    stems: Stems


class TopicNames:
    """The names of a library's topics by the stem that they begin with; follows the vocabulary."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._revision = -1
        self._names: Mapping[str, Sequence[Name]] = {}

    def asked(self, db: Transaction, viewer: Viewer, question: str) -> list[NamedTopic]:
        """What *question* names, the longest names first, of what holds something for *viewer*."""
        found: list[NamedTopic] = []
        for name in _longest(self._in(db, stems(question))):
            count = filed.count_about(db, viewer, name.topic_id)
            if count:
                found.append(
                    NamedTopic(
                        topic_id=name.topic_id, label=name.label, said=name.text, sessions=count
                    )
                )
        return found[:MOST]

    def _in(self, db: Transaction, said: Sequence[str]) -> Iterator[Name]:
        names = self._current(db)
        for place, first in enumerate(said):
            for name in names.get(first, ()):
                if tuple(said[place : place + len(name.stems)]) == name.stems:
                    yield name

    def _current(self, db: Transaction) -> Mapping[str, Sequence[Name]]:
        revision = topic_progress.looked(db).revision
        with self._changing:
            if revision != self._revision:
                self._names = _by_first(labels.every(db))
                self._revision = revision
            return self._names


def _by_first(known: Iterable[tuple[int, str, str]]) -> Mapping[str, Sequence[Name]]:
    names: dict[str, list[Name]] = {}
    for topic_id, label, text in known:
        if said := tuple(stems(text)):
            names.setdefault(said[0], []).append(Name(topic_id, label, text, said))
    return names


def _longest(names: Iterable[Name]) -> list[Name]:
    """Each topic once, by its longest name; the longest of all first."""
    best: dict[int, Name] = {}
    for name in sorted(names, key=lambda n: (-len(n.stems), n.text != n.label, n.topic_id)):
        best.setdefault(name.topic_id, name)
    return list(best.values())[: 2 * MOST]
