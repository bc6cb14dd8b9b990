"""A question as typed, read into plain text, operators, and the filters that they mean.

What is written as an operator but means nothing here is plain text: a name that no visible speaker
has, a topic that no visible session has, or a date that does not exist.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import numpy as np

from library.access import Viewer
from library.discovery import search_scope
from library.discovery.search_scope import Filters
from library.store import Transaction
from library.transcripts.versions import is_name
from library.vocabulary import confirmed_topics, labels
from search.index.snapshot import Snapshot
from search.text.analyzer import stems, words
from search.text.query_operators import Operator, OperatorKind, find_operators, plain_text

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """A question with the operators that have a meaning for the viewer."""

    viewer: Viewer
    typed: str
    text: str  # without operators; the words of a phrase remain
    filters: Filters  # those that the viewer set, and those of the operators
    operators: Sequence[Operator] = ()

    @property
    def is_literal(self) -> bool:
        """True if every passage that passes the filters is a result.

        It has the phrase of the question, or the question consists of operators only.
        """
        return bool(self.operators) and bool(self.filters.phrases or not self.text)

    @property
    def is_narrowed(self) -> bool:
        """True if there are filters that a facet counts."""
        return replace(self.filters, phrases=(), without=()).any

    @property
    def unfiltered(self) -> Filters:
        """Filters of the question that no facet counts: phrases and excluded words."""
        return Filters(phrases=self.filters.phrases, without=self.filters.without)

    def with_operators(self, text: str) -> str:
        """Return another *text* with the operators of this question; empty if *text* is empty."""
        kept = [
            self.typed[operator.start : operator.end]
            for operator in self.operators
            if operator.kind is not OperatorKind.PHRASE
        ]
        return " ".join([text, *kept]) if text else ""


def read_operators(
    db: Transaction, viewer: Viewer, snapshot: Snapshot, question: str, filters: Filters
) -> AskedQuestion:
    """Read the operators of a question.

    Args:
        db: a transaction.
        viewer: the person who asks. Only names and topics of visible sessions are known.
        snapshot: the index.
        question: the question as typed.
        filters: filters that the viewer set beside the question.
    """
    written = find_operators(question)
    if not written:
        return AskedQuestion(viewer=viewer, typed=question, text=question, filters=filters)
    reader = _Reader(db, viewer, snapshot)
    operators = [operator for operator in written if reader.take(operator)]
    text = plain_text(question, operators)
    if not text and all(operator.kind is OperatorKind.WITHOUT for operator in operators):
        return AskedQuestion(viewer=viewer, typed=question, text=question, filters=filters)
    return AskedQuestion(
        viewer=viewer,
        typed=question,
        text=text,
        filters=reader.added_to(filters),
        operators=operators,
    )


class _Reader:
    """Reader of operators that collects what they mean."""

    def __init__(self, db: Transaction, viewer: Viewer, snapshot: Snapshot) -> None:
        self._db, self._viewer, self._snapshot = db, viewer, snapshot
        self._since: list[date] = []
        self._until: list[date] = []
        self._topics: list[Sequence[int]] = []
        self._speakers: list[Sequence[str]] = []
        self._words: dict[OperatorKind, list[str]] = {}

    def take(self, operator: Operator) -> bool:
        """Return whether an operator has a meaning, and keep the meaning."""
        if operator.kind is OperatorKind.SPEAKER:
            return _kept(self._speakers, self._names(words(operator.value)))
        if operator.kind is OperatorKind.TOPIC:
            return _kept(self._topics, self._topic_ids(words(operator.value)))
        if operator.kind is OperatorKind.AFTER:
            return _kept(self._since, operator.since)
        if operator.kind is OperatorKind.BEFORE:
            return _kept(self._until, operator.until)
        known = self._words.setdefault(operator.kind, [])
        return _kept(known, operator.value if stems(operator.value) else None)

    def added_to(self, filters: Filters) -> Filters:
        """Return *filters* with those of the operators; of several dates, the strictest counts."""
        own_since = [] if filters.since is None else [filters.since]
        own_until = [] if filters.until is None else [filters.until]
        return replace(
            filters,
            since=max([*own_since, *self._since], default=None),
            until=min([*own_until, *self._until], default=None),
            topics=self._topics,
            speakers=self._speakers,
            phrases=self._words.get(OperatorKind.PHRASE, ()),
            without=self._words.get(OperatorKind.WITHOUT, ()),
        )

    def _names(self, asked: Sequence[str]) -> list[str]:
        """Return the names of visible speakers with all these words."""
        sources = search_scope.sources_in(self._db, self._viewer, Filters())
        scope = self._snapshot.scope(np.array(sources, dtype=np.int64))
        names = {str(n) for segment in scope.segments for n in segment.speakers.numbers}
        alike = _best_named(asked, ((name, name) for name in sorted(names) if is_name(name)))
        return [name for name in alike if len(scope.slots_of("speakers", name))]

    def _topic_ids(self, asked: Sequence[str]) -> list[int]:
        """Return the topics with all these words in a label, if a visible session has them."""
        known = ((topic_id, text) for topic_id, _, text in labels.all_labels(self._db))
        return [
            topic_id
            for topic_id in _best_named(asked, known)
            if confirmed_topics.count_about(self._db, self._viewer, topic_id)
        ]


def _kept(known: list[T], meant: T | None) -> bool:
    """Add what an operator means to *known*, and return whether it means anything."""
    if meant is None or meant == []:
        return False
    known.append(meant)
    return True


def _best_named(asked: Sequence[str], names: Iterable[tuple[T, str]]) -> list[T]:
    """Return the keys whose name is *asked*, else those whose name has all words of *asked*."""
    exact: dict[T, None] = {}
    partial: dict[T, None] = {}
    for key, name in names if asked else ():
        parts = words(name)
        if parts == list(asked):
            exact[key] = None
        elif set(asked) <= set(parts):
            partial[key] = None
    return list(exact or partial)
