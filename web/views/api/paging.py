"""Pages of a list by cursor: newest first, each with the address of the next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from flask import url_for

Row = TypeVar("Row")
Page = Mapping[str, Any]  # what PageSchema read: `limit` and `before`

ITS_ID: Callable[[Any], int] = attrgetter("id")


def asked(page: Page) -> dict[str, Any]:
    """What to ask the library for: one row more than is shown tells that there is a next page."""
    return {"limit": page["limit"] + 1, "before_id": page["before"]}


def behind(page: Page, rows: Iterable[Row], number: Callable[[Row], int] = ITS_ID) -> Sequence[Row]:
    """The same of a list that is whole in memory."""
    before = page["before"]
    newest = sorted(rows, key=number, reverse=True)
    return [row for row in newest if before is None or number(row) < before][: page["limit"] + 1]


def cut(
    page: Page, rows: Sequence[Row], number: Callable[[Row], int] = ITS_ID
) -> tuple[Sequence[Row], int | None]:
    """The rows to show, and the number to go on behind: none on the last page."""
    shown = rows[: page["limit"]]
    return shown, number(shown[-1]) if len(rows) > len(shown) else None


def following(endpoint: str, page: Page, last: int | None, **address: Any) -> str | None:
    """The address of the next page, if there is one."""
    if last is None:
        return None
    return url_for(endpoint, **address, limit=page["limit"], before=last)
