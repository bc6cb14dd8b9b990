"""What people paste where a session or a moment is asked for."""

import pytest

from library.errors import InvalidInputError
from web import pasted


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
def test_a_session_is_known_by_its_address_or_its_number(given: str, number: int | None) -> None:
    """As the address bar has it, with what stands behind it, or the number alone."""
    assert pasted.session_id(given) == number


@pytest.mark.parametrize("given", ["12a", "-1", "9" * 18, "https://example.org/people/12", "²"])
def test_what_is_no_session_is_refused_with_a_sentence(given: str) -> None:
    """Nonsense, other pages and numbers that no database holds."""
    with pytest.raises(InvalidInputError, match="Paste the address of a session"):
        pasted.session_id(given)
