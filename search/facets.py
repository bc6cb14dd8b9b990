"""Found sessions counted by what they can be narrowed to.

Each count answers "how many sessions would be left if I pressed this": a filter that is set does
not narrow the counts of its own kind, so that one can change over from one value to another.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from library.access import Viewer
from library.holdings import passage_rows
from library.holdings.passage_rows import FoundPassage
from library.models import SourceKind
from library.searching import found
from library.searching.found import SessionFacts
from library.searching.scope import Filters
from library.store import Transaction
from search.findings import Count, Facets


@dataclass(frozen=True)
class Place:
    """What a found passage can be narrowed by."""

    passage: FoundPassage
    kind: SourceKind
    facts: SessionFacts


Test = Callable[[Place], bool]


def counted(
    db: Transaction, viewer: Viewer, filters: Filters, seen: Sequence[FoundPassage]
) -> Facets:
    """Count the sessions of *seen*, the passages that are found without *filters*."""
    facts = found.facts(db, viewer, {passage.session_id for passage in seen})
    sources = passage_rows.origins_of(db, seen)
    places = [
        Place(passage, sources[passage.source_id].kind, facts[passage.session_id])
        for passage in seen
        if passage.session_id in facts
    ]
    shelves = {shelf for place in places for shelf in place.facts.collections}
    about = {topic for place in places for topic in place.facts.topics}
    return _count(places, filters, found.titles(db, shelves), found.labels(db, about))


def _count(
    places: Sequence[Place],
    filters: Filters,
    collections: Mapping[int, str],
    topics: Mapping[int, str],
) -> Facets:
    tests = _tests(filters)

    def left(facet: str) -> list[Place]:
        others = [test for name, test in tests.items() if name != facet]
        return [place for place in places if all(test(place) for test in others)]

    titles = {str(number): title for number, title in collections.items()}
    names = {str(i): name for p in places for i, name in _people(p)}
    return Facets(
        collections=_counted(
            ((str(c), p) for p in left("collection") for c in p.facts.collections), titles
        ),
        topics=_counted(
            ((str(t), p) for p in left("topic") for t in p.facts.topics),
            {str(number): label for number, label in topics.items()},
        ),
        speakers=_counted(((str(i), p) for p in left("speaker") for i, _ in _people(p)), names),
        forms=_counted((p.facts.form.value, p) for p in left("form")),
        kinds=_counted((p.kind.value, p) for p in left("kind")),
        years=sorted(
            _counted((str(p.facts.held_on.year), p) for p in left("year") if p.facts.held_on),
            key=lambda year: year.value,
            reverse=True,
        ),
    )


def _people(place: Place) -> Iterator[tuple[int, str]]:
    """Whom of those who speak in a passage the library knows."""
    return ((s[0], s[1]) for s in place.passage.speakers if s[0] is not None)


def _tests(filters: Filters) -> dict[str, Test]:
    """What each filter that is set asks of a place."""
    tests: dict[str, Test] = {}
    if filters.collection_id is not None:
        tests["collection"] = lambda p: filters.collection_id in p.facts.collections
    if filters.topic_id is not None:
        tests["topic"] = lambda p: filters.topic_id in p.facts.topics
    if filters.person_id is not None:
        tests["speaker"] = lambda p: any(s[0] == filters.person_id for s in p.passage.speakers)
    if filters.forms:
        tests["form"] = lambda p: p.facts.form in filters.forms
    if filters.kinds:
        tests["kind"] = lambda p: p.kind in filters.kinds
    if filters.since is not None or filters.until is not None:
        first, last = filters.since or date.min, filters.until or date.max
        tests["year"] = lambda p: p.facts.held_on is not None and first <= p.facts.held_on <= last
    return tests


def _counted(
    values: Iterable[tuple[str, Place]], names: Mapping[str, str] | None = None
) -> list[Count]:
    sessions: dict[str, set[int]] = {}
    for value, place in values:
        sessions.setdefault(value, set()).add(place.passage.session_id)
    named = names or {}
    counts = [Count(value, named.get(value, value), len(ids)) for value, ids in sessions.items()]
    return sorted(counts, key=lambda c: (-c.sessions, c.name.casefold()))
