"""Tests of the last line that the command `search` prints."""

import io

import pytest
from rich.console import Console

from search.results.result_types import Answer
from web.commands.search import _print


@pytest.mark.parametrize(
    ("searchable", "total", "said"),
    [(1, 1, "1 of 1 session searched by words in"), (0, 2, "0 of 2 sessions searched by words in")],
)
def test_the_number_of_sessions_has_its_plural(searchable: int, total: int, said: str) -> None:
    """The last line says how many sessions were searched, by which engines and in what time."""
    out = io.StringIO()
    answer = Answer(
        question="what?",
        found=False,
        sessions=[],
        engines=["words"],
        searchable=searchable,
        total=total,
        seconds=0.25,
    )

    _print(answer, Console(file=out, width=100))

    assert f"{said} 0.25 s." in out.getvalue()
    assert "Nothing in the library answers this." in out.getvalue()
