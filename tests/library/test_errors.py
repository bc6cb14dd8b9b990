"""Tests of errors and their messages."""

import pytest

from library import errors
from library.errors import LibraryError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_default_message(kind):
    """Every error has a default message, and keeps a given one."""
    assert issubclass(kind, LibraryError)
    assert str(kind()).endswith(".")
    assert str(kind("The kiln is cold.")) == "The kiln is cold."


def test_the_tree_shows_every_error():
    """The tree in the module docstring contains every error."""
    drawn = errors.__doc__ or ""

    assert [kind.__name__ for kind in KINDS if kind.__name__ not in drawn] == []
