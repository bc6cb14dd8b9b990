"""Markdown without its marks: the words that are searched and quoted."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

LEFT_OVER = re.compile(r"(?:(?<=\s)|^)(?:#{1,6}|[*_`>]{1,3})|[*_`]{1,3}(?=[\s.,;:!?]|$)")


def parser() -> MarkdownIt:
    """The Markdown that notes are written in: CommonMark 0.31 with tables."""
    return MarkdownIt("commonmark").enable("table")


@cache
def _reader() -> MarkdownIt:
    """One parser for all that is read: to make it takes longer than to read most pieces."""
    made = parser()
    made.parse("Its rules are put in order at the first use; then threads may share them.")
    return made


def plain(markdown: str) -> str:
    """The words of a piece of Markdown without its marks.

    A piece may be cut out of the middle of a paragraph: marks that have lost their partner go too.
    """
    return " ".join(LEFT_OVER.sub("", unmarked(markdown)).split())


def unmarked(markdown: str) -> str:
    """The words of whole Markdown blocks without marks; what was escaped stays as it reads."""
    words = []
    for token in _reader().parse(markdown):
        if token.type == "inline":
            words += [_plain_inline(child) for child in token.children or []]
            words.append("\n")
        elif token.type in {"fence", "code_block"}:
            words.append(token.content)
    return " ".join("".join(words).split())


def _plain_inline(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return token.content if token.type in {"text", "code_inline", "image"} else ""
