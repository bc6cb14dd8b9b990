"""Tests of reading a session's id from a pasted address."""

import pytest

from library.errors import InvalidInputError
from web.rendering import local_links


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("", None),
        (" 12 ", 12),
        ("https://library.example.org/sessions/12", 12),
        ("https://library.example.org/sessions/12?source=3&t=754#t-754", 12),
        ("/sessions/12", 12),
    ],
)
def test_a_session_is_read_from_an_address_or_number(given: str, number: int | None) -> None:
    """The id of a session is read from its pasted address or from a number."""
    assert local_links.session_id(given) == number


@pytest.mark.parametrize("given", ["12a", "-1", "9" * 18, "https://example.org/people/12", "²"])
def test_another_text_is_refused_with_a_message(given: str) -> None:
    """A text that is not the address or id of a session is refused with a message."""
    with pytest.raises(InvalidInputError, match="Paste the address of a session"):
        local_links.session_id(given)
