"""Search request parsed from URL parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from library.discovery.search_scope import Filters
from library.models import SourceKind
from library.sessions.description import FILTERS
from search.results.result_types import Order
from web.http import params

NAMES = (
    *("collection", "topic", "speaker", "from", "to", "kind"),
    *(field.name for field in FILTERS),
    "sort",
)


@dataclass(frozen=True, kw_only=True)
class SearchQuery:
    """Question, filters and order of a search, with the original URL parameters."""

    question: str
    filters: Filters
    order: Order
    chosen: Mapping[str, str]  # original parameters other than the question

    @property
    def narrowed(self) -> dict[str, str]:
        """Active filter parameters, without the sort order."""
        return {name: value for name, value in self.chosen.items() if name != "sort"}

    @property
    def newest_first(self) -> bool:
        """True if results are sorted by date instead of relevance."""
        return self.order is Order.NEWEST

    def address(self, endpoint: str = "ask.page", /, **changed: Any) -> str:
        """Return a URL with this search and changed parameters. None removes a parameter."""
        return url_for(endpoint, **{"q": self.question or None, **self.chosen, **changed})


def address_of(question: str, chosen: Mapping[str, Any]) -> str:
    """Return the URL of a saved search."""
    return url_for("ask.page", q=question, **chosen)


def parse(given: Mapping[str, str]) -> SearchQuery:
    """Parse a search from URL parameters.

    Raises:
        InvalidInputError: A filter value is not valid.
    """
    kind = params.choice(given, "kind", SourceKind)
    filters = Filters(
        collection_id=params.identifier(given, "collection"),
        topic_id=params.identifier(given, "topic"),
        person_id=params.identifier(given, "speaker"),
        since=params.day(given, "from"),
        until=params.day(given, "to"),
        kinds=[kind] if kind else (),
        described={f.name: [v] for f in FILTERS if (v := params.session_field(given, f))},
    )
    return SearchQuery(
        question=params.text(given, "q"),
        filters=filters,
        order=params.choice(given, "sort", Order) or Order.RELEVANCE,
        chosen={name: value for name in NAMES if (value := params.text(given, name))},
    )
