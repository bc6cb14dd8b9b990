"""Links that add or remove search filters, with the number of sessions for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.models import SourceKind
from library.sessions.description import FIELD, FILTERS
from library.translation import gettext, mark
from search.results.result_types import FacetCount, Facets, Findings
from search.text.query_operators import Operator, OperatorKind, taken_back
from web.http import params
from web.rendering.template_filters import KIND_NAMES, as_shown, day
from web.search.query import SearchQuery

MOST = 8  # maximum number of choices per group
UNNAMED = {
    "speaker": mark("One speaker"),
    "topic": mark("One topic"),
    "collection": mark("One collection"),
}
"""Labels of active filters that match no result. The name of the value is not shown then."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Filter value with its number of sessions, and the link that adds or removes the filter."""

    name: str
    sessions: int
    address: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """Filter values of one facet."""

    title: str
    choices: Sequence[Choice]


@dataclass(frozen=True, kw_only=True)
class ActiveFilter:
    """Active filter, with the URL that removes it."""

    text: str
    address: str


def groups(asked: SearchQuery, facets: Facets) -> list[Group]:
    """Return the facets that have at least two values, or a value that is chosen."""
    offered = [
        Group(title=gettext("Speaker"), choices=_choices(asked, "speaker", facets.speakers)),
        Group(title=gettext("Topic"), choices=_choices(asked, "topic", facets.topics)),
        Group(
            title=gettext("Collection"), choices=_choices(asked, "collection", facets.collections)
        ),
        *(
            Group(
                title=gettext(field.label),
                choices=_choices(asked, field.name, facets.described.get(field.name, ())),
            )
            for field in FILTERS
        ),
        Group(title=gettext("Kind"), choices=_choices(asked, "kind", facets.kinds)),
        Group(
            title=gettext("Year"), choices=[_year(asked, count) for count in facets.years[:MOST]]
        ),
    ]
    return [g for g in offered if len(g.choices) > 1 or any(c.chosen for c in g.choices)]


def _choices(asked: SearchQuery, name: str, counts: Sequence[FacetCount]) -> list[Choice]:
    chosen = asked.chosen.get(name)
    return [
        Choice(
            name=_written(name, count),
            sessions=count.sessions,
            address=asked.address(**{name: None if count.value == chosen else count.value}),
            chosen=count.value == chosen,
        )
        for count in counts[:MOST]
    ]


def _year(asked: SearchQuery, count: FacetCount) -> Choice:
    first, last = f"{count.value}-01-01", f"{count.value}-12-31"
    chosen = (asked.chosen.get("from"), asked.chosen.get("to")) == (first, last)
    days = {"from": None, "to": None} if chosen else {"from": first, "to": last}
    return Choice(
        name=count.value, sessions=count.sessions, address=asked.address(**days), chosen=chosen
    )


def pills(asked: SearchQuery, findings: Findings) -> list[ActiveFilter]:
    """Return the operators of the question and the active filters, with the URLs that remove them.

    Without the operator of a phrase, the words of the phrase remain in the question.
    """
    typed = [
        ActiveFilter(
            text=_operator_text(operator),
            address=asked.address(q=taken_back(asked.question, operator) or None),
        )
        for operator in findings.operators
    ]
    return typed + [
        ActiveFilter(
            text=_chosen(asked, name, findings.facets), address=asked.address(**{name: None})
        )
        for name in asked.narrowed
    ]


def _operator_text(operator: Operator) -> str:
    """Describe an operator of the question in words."""
    if operator.since is not None:
        return gettext("from %(date)s", date=day(operator.since))
    if operator.until is not None:
        return gettext("until %(date)s", date=day(operator.until))
    texts = {
        OperatorKind.PHRASE: gettext("Exactly “%(words)s”", words=operator.value),
        OperatorKind.WITHOUT: gettext("Without “%(words)s”", words=operator.value),
        OperatorKind.SPEAKER: gettext("Speaker: %(name)s", name=operator.value),
        OperatorKind.TOPIC: gettext("Topic: %(name)s", name=operator.value),
    }
    return texts[operator.kind]


def _chosen(asked: SearchQuery, name: str, facets: Facets) -> str:
    """Describe a filter in words.

    Names are taken from the facets, because facets contain only what the viewer may see.
    """
    value = asked.chosen[name]
    if name in {"from", "to"}:
        when = day(params.day(asked.chosen, name))
        if name == "from":
            return gettext("from %(date)s", date=when)
        return gettext("until %(date)s", date=when)
    if name in FIELD:
        return as_shown(FIELD[name], asked.filters.described[name][0])
    if name == "kind":
        return gettext(KIND_NAMES[asked.filters.kinds[0]])
    known = {"speaker": facets.speakers, "topic": facets.topics}
    counts = known.get(name, facets.collections)
    return next((c.name for c in counts if c.value == value), gettext(UNNAMED[name]))


def _written(name: str, count: FacetCount) -> str:
    if name in FIELD:
        return as_shown(FIELD[name], count.value)
    return gettext(KIND_NAMES[SourceKind(count.value)]) if name == "kind" else count.name
