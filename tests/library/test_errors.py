"""Tests of errors and their messages."""

import pytest

from library import errors
from library.errors import LibraryError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_default_message(kind):
    """Every error class has a default message. A given message replaces the default."""
    assert issubclass(kind, LibraryError)
    assert str(kind()).endswith(".")
    assert str(kind("The kiln is cold.")) == "The kiln is cold."


def test_the_tree_shows_every_error():
    """The tree in the docstring of `library.errors` contains every error class."""
    drawn = errors.__doc__ or ""

    assert [kind.__name__ for kind in KINDS if kind.__name__ not in drawn] == []
