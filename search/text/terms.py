"""Terms of a question: words with all their keys in the index."""

from collections.abc import Hashable, Sequence
from typing import Self


class Term(str):
    """A word of a question: its key in the index, and other keys that count as the same word.

    The other keys are its stems in the other languages of the index, and compounds with it. A term
    equals its key.
    """

    __slots__ = ("also",)
    also: Sequence[str]

    def __new__(cls, key: str, also: Sequence[str] = ()) -> Self:
        """Return a term with the key *key* and the other keys *also*."""
        term = super().__new__(cls, key)
        term.also = also
        return term


def keys_of(term: Hashable) -> Sequence[Hashable]:
    """Return all keys of a term; a key itself is the only one."""
    return (term, *term.also) if isinstance(term, Term) else (term,)
