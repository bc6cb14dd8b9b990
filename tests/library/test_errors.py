"""Errors speak to the person who sees them."""

import pytest

from library import errors
from library.errors import LibraryError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_of_its_own(kind):
    """Raised without words, an error says what its kind means; with words, it says those."""
    assert issubclass(kind, LibraryError)
    assert str(kind()).endswith(".")
    assert str(kind("The kiln is cold.")) == "The kiln is cold."


def test_the_tree_shows_every_error():
    """The drawing at the top of the file has all of them."""
    drawn = errors.__doc__ or ""

    assert [kind.__name__ for kind in KINDS if kind.__name__ not in drawn] == []
