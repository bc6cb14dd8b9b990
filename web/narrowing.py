"""What a search can be narrowed to, as links with numbers of sessions; what it is narrowed to."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.findings import Count, Facets
from web import parameters
from web.asking import Asked
from web.look import FORM_NAMES, KIND_NAMES, day

MOST = 8  # choices of a group


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Something to narrow a search to; chosen already, its link takes it away."""

    name: str
    sessions: int
    address: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """Choices of one kind."""

    title: str
    choices: Sequence[Choice]


@dataclass(frozen=True, kw_only=True)
class Pill:
    """Something that a search is narrowed to, with the address that takes it away."""

    text: str
    address: str


def groups(asked: Asked, facets: Facets) -> list[Group]:
    """The groups of choices among which there is one to make."""
    offered = [
        Group(title="Who speaks", choices=_choices(asked, "speaker", facets.speakers)),
        Group(title="Topic", choices=_choices(asked, "topic", facets.topics)),
        Group(title="Collection", choices=_choices(asked, "collection", facets.collections)),
        Group(title="Form", choices=_choices(asked, "form", facets.forms)),
        Group(title="Kind", choices=_choices(asked, "kind", facets.kinds)),
        Group(title="Year", choices=[_year(asked, count) for count in facets.years[:MOST]]),
    ]
    return [g for g in offered if len(g.choices) > 1 or any(c.chosen for c in g.choices)]


def _choices(asked: Asked, name: str, counts: Sequence[Count]) -> list[Choice]:
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


def _year(asked: Asked, count: Count) -> Choice:
    first, last = f"{count.value}-01-01", f"{count.value}-12-31"
    chosen = (asked.chosen.get("from"), asked.chosen.get("to")) == (first, last)
    days = {"from": None, "to": None} if chosen else {"from": first, "to": last}
    return Choice(
        name=count.value, sessions=count.sessions, address=asked.address(**days), chosen=chosen
    )


def pills(asked: Asked, facets: Facets) -> list[Pill]:
    """What the search is narrowed to, each to be taken away."""
    return [
        Pill(text=_chosen(asked, name, facets), address=asked.address(**{name: None}))
        for name in asked.narrowed
    ]


def _chosen(asked: Asked, name: str, facets: Facets) -> str:
    """A filter in words; a name only where the facets, which know who asks, give it."""
    value = asked.chosen[name]
    if name in {"from", "to"}:
        when = day(parameters.day(asked.chosen, name))
        return f"from {when}" if name == "from" else f"until {when}"
    if name == "form":
        return FORM_NAMES[asked.filters.forms[0]]
    if name == "kind":
        return KIND_NAMES[asked.filters.kinds[0]]
    known = {"speaker": facets.speakers, "topic": facets.topics}
    counts = known.get(name, facets.collections)
    return next((c.name for c in counts if c.value == value), f"One {name}")


def _written(name: str, count: Count) -> str:
    if name == "form":
        return {form.value: text for form, text in FORM_NAMES.items()}.get(count.value, count.name)
    if name == "kind":
        return {kind.value: text for kind, text in KIND_NAMES.items()}.get(count.value, count.name)
    return count.name
