"""A question with all that narrows it, as an address holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from library.models import Form, SourceKind
from library.searching.scope import Filters
from search.findings import Order
from web import parameters

NAMES = ("collection", "topic", "speaker", "from", "to", "kind", "form", "sort")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search: its question, its filters, and what else stands in its address."""

    question: str
    filters: Filters
    order: Order
    chosen: Mapping[str, str]  # parameters other than the question, as they were given

    @property
    def narrowed(self) -> dict[str, str]:
        """What narrows it; the order is none of that."""
        return {name: value for name, value in self.chosen.items() if name != "sort"}

    @property
    def newest_first(self) -> bool:
        """Whether the newest session comes first, not the best."""
        return self.order is Order.NEWEST

    def address(self, endpoint: str = "ask.page", /, **changed: Any) -> str:
        """The address of a page about it, with some parameters changed; None takes one away."""
        return url_for(endpoint, **{"q": self.question or None, **self.chosen, **changed})


def address_of(question: str, chosen: Mapping[str, Any]) -> str:
    """The address of a search that was kept."""
    return url_for("ask.page", q=question, **chosen)


def asked(given: Mapping[str, str]) -> Asked:
    """The search in an address.

    Raises:
        InvalidInputError: a filter is not what it must be.
    """
    kind = parameters.choice(given, "kind", SourceKind)
    form = parameters.choice(given, "form", Form)
    filters = Filters(
        collection_id=parameters.identifier(given, "collection"),
        topic_id=parameters.identifier(given, "topic"),
        person_id=parameters.identifier(given, "speaker"),
        since=parameters.day(given, "from"),
        until=parameters.day(given, "to"),
        kinds=[kind] if kind else (),
        forms=[form] if form else (),
    )
    return Asked(
        question=parameters.text(given, "q"),
        filters=filters,
        order=parameters.choice(given, "sort", Order) or Order.RELEVANCE,
        chosen={name: value for name in NAMES if (value := parameters.text(given, name))},
    )
