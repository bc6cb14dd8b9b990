"""Cursor pagination of lists, newest first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from flask import url_for

Row = TypeVar("Row")
Page = Mapping[str, Any]  # `limit` and `before`, parsed by `PageSchema`

ITS_ID: Callable[[Any], int] = attrgetter("id")


def query_args(page: Page) -> dict[str, Any]:
    """Return query arguments for one page, with one extra row that shows if more pages follow."""
    return {"limit": page["limit"] + 1, "before_id": page["before"]}


def page_in_memory(
    page: Page, rows: Iterable[Row], number: Callable[[Row], int] = ITS_ID
) -> Sequence[Row]:
    """Return one page of a list held in memory, newest first, with one extra row."""
    before = page["before"]
    newest = sorted(rows, key=number, reverse=True)
    return [row for row in newest if before is None or number(row) < before][: page["limit"] + 1]


def split_page(
    page: Page, rows: Sequence[Row], number: Callable[[Row], int] = ITS_ID
) -> tuple[Sequence[Row], int | None]:
    """Return the rows of the page and the cursor of the next page, None on the last page."""
    shown = rows[: page["limit"]]
    return shown, number(shown[-1]) if len(rows) > len(shown) else None


def next_url(endpoint: str, page: Page, last: int | None, **address: Any) -> str | None:
    """Return the URL of the next page, or None on the last page."""
    if last is None:
        return None
    return url_for(endpoint, **address, limit=page["limit"], before=last)
