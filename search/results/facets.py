"""Facets: found sessions counted by the values that they can be filtered by.

Each count is the number of sessions that remain if the value is selected. A filter does not
restrict the counts of its own facet, so that the viewer can select another value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from library.access import Viewer
from library.discovery import session_facts
from library.discovery.search_scope import Filters
from library.discovery.session_facts import SessionFacts
from library.models import SourceKind
from library.sessions import passage_queries
from library.sessions.description import FILTERS
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction
from search.results.result_types import FacetCount, Facets


@dataclass(frozen=True)
class FacetPassage:
    """A found passage with the attributes for filtering."""

    passage: FoundPassage
    kind: SourceKind
    facts: SessionFacts


Test = Callable[[FacetPassage], bool]


def counted(
    db: Transaction, viewer: Viewer, filters: Filters, found: Sequence[FoundPassage]
) -> Facets:
    """Return the facets, counted over the passages *found* by a search without filters."""
    facts = session_facts.facts(db, viewer, {passage.session_id for passage in found})
    sources = passage_queries.origins_of(db, found)
    places = [
        FacetPassage(passage, sources[passage.source_id].kind, facts[passage.session_id])
        for passage in found
        if passage.session_id in facts
    ]
    collection_list = {collection for place in places for collection in place.facts.collections}
    about = {topic for place in places for topic in place.facts.topics}
    return _count(
        places, filters, session_facts.titles(db, collection_list), session_facts.labels(db, about)
    )


def _count(
    places: Sequence[FacetPassage],
    filters: Filters,
    collections: Mapping[int, str],
    topics: Mapping[int, str],
) -> Facets:
    tests = _tests(filters)

    def remaining(facet: str) -> list[FacetPassage]:
        others = [test for name, test in tests.items() if name != facet]
        return [place for place in places if all(test(place) for test in others)]

    titles = {str(number): title for number, title in collections.items()}
    names = {str(i): name for p in places for i, name in _people(p)}
    return Facets(
        collections=_counted(
            ((str(c), p) for p in remaining("collection") for c in p.facts.collections), titles
        ),
        topics=_counted(
            ((str(t), p) for p in remaining("topic") for t in p.facts.topics),
            {str(number): label for number, label in topics.items()},
        ),
        speakers=_counted(
            ((str(i), p) for p in remaining("speaker") for i, _ in _people(p)), names
        ),
        described={
            f.name: _counted(
                (str(value), p) for p in remaining(f.name) if (value := p.facts.described[f.name])
            )
            for f in FILTERS
        },
        kinds=_counted((p.kind.value, p) for p in remaining("kind")),
        years=sorted(
            _counted((str(p.facts.held_on.year), p) for p in remaining("year") if p.facts.held_on),
            key=lambda year: year.value,
            reverse=True,
        ),
    )


def _people(place: FacetPassage) -> Iterator[tuple[int, str]]:
    """Return (person id, name) of each speaker of a passage who is a known person."""
    return ((s[0], s[1]) for s in place.passage.speakers if s[0] is not None)


def _tests(filters: Filters) -> dict[str, Test]:
    """Return the predicate of each filter that is set, by facet name."""
    tests: dict[str, Test] = {}
    if filters.collection_id is not None:
        tests["collection"] = lambda p: filters.collection_id in p.facts.collections
    if filters.topic_id is not None:
        tests["topic"] = lambda p: filters.topic_id in p.facts.topics
    if filters.person_id is not None:
        tests["speaker"] = lambda p: any(s[0] == filters.person_id for s in p.passage.speakers)
    if filters.topics or filters.speakers:
        tests["operators"] = partial(_passes_operators, filters)
    for name, values in filters.described.items():
        tests[name] = partial(_has_one_of, name, values)
    if filters.kinds:
        tests["kind"] = lambda p: p.kind in filters.kinds
    if filters.since is not None or filters.until is not None:
        first, last = filters.since or date.min, filters.until or date.max
        tests["year"] = lambda p: p.facts.held_on is not None and first <= p.facts.held_on <= last
    return tests


def _passes_operators(filters: Filters, place: FacetPassage) -> bool:
    """Return whether a passage has the topics and speakers that the question's operators name."""
    names = {name for _, name, _ in place.passage.speakers}
    return all(not place.facts.topics.isdisjoint(group) for group in filters.topics) and all(
        not names.isdisjoint(group) for group in filters.speakers
    )


def _has_one_of(name: str, values: Sequence[Any], place: FacetPassage) -> bool:
    """Return whether the field *name* of the passage's session has one of *values*."""
    return place.facts.described[name] in values


def _counted(
    values: Iterable[tuple[str, FacetPassage]], names: Mapping[str, str] | None = None
) -> list[FacetCount]:
    sessions: dict[str, set[int]] = {}
    for value, place in values:
        sessions.setdefault(value, set()).add(place.passage.session_id)
    named = names or {}
    counts = [
        FacetCount(value, named.get(value, value), len(ids)) for value, ids in sessions.items()
    ]
    return sorted(counts, key=lambda c: (-c.sessions, c.name.casefold()))
