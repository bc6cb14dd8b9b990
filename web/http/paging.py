"""Cursor pagination of lists, newest first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from flask import url_for

Row = TypeVar("Row")
Page = Mapping[str, Any]  # `limit` and `before`, parsed by `PageSchema`

ITS_ID: Callable[[Any], int] = attrgetter("id")


def query_args(page: Page) -> dict[str, Any]:
    """Return the arguments `limit` and `before_id` of a library function that returns rows.

    `limit` is one more than the page size: an extra row shows that more rows follow.
    """
    return {"limit": page["limit"] + 1, "before_id": page["before"]}


def page_in_memory(
    page: Page, rows: Iterable[Row], number: Callable[[Row], int] = ITS_ID
) -> Sequence[Row]:
    """Return one page of a list in memory, newest first, and one extra row if more rows follow.

    *number* returns the id of a row.
    """
    before = page["before"]
    newest = sorted(rows, key=number, reverse=True)
    return [row for row in newest if before is None or number(row) < before][: page["limit"] + 1]


def split_page(
    page: Page, rows: Sequence[Row], number: Callable[[Row], int] = ITS_ID
) -> tuple[Sequence[Row], int | None]:
    """Return (rows of the page, cursor of the next page). On the last page, the cursor is None.

    The cursor is the id of the last row of the page; *number* returns the id of a row.
    """
    shown = rows[: page["limit"]]
    return shown, number(shown[-1]) if len(rows) > len(shown) else None


def next_url(endpoint: str, page: Page, last: int | None, **address: Any) -> str | None:
    """Return the URL of the page after the row with the id *last*; None if *last* is None.

    *address* are the variables in the URL of the endpoint.
    """
    if last is None:
        return None
    return url_for(endpoint, **address, limit=page["limit"], before=last)
