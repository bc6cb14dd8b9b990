"""Markdown as plain text, for search and quotations."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

LEFT_OVER = re.compile(r"(?:(?<=\s)|^)(?:#{1,6}|[*_`>]{1,3})|[*_`]{1,3}(?=[\s.,;:!?]|$)")


def parser() -> MarkdownIt:
    """Return a parser for notes: CommonMark 0.31 with tables."""
    return MarkdownIt("commonmark").enable("table")


@cache
def _reader() -> MarkdownIt:
    """Return one shared parser. Creating a parser takes longer than parsing most texts."""
    made = parser()
    made.parse("The first parse sorts the rules. After that, threads may share the parser.")
    return made


def plain(markdown: str) -> str:
    """Return the plain text of a piece of Markdown.

    A piece may be cut out of a paragraph. So an unpaired opening or closing mark, such as
    `**`, is removed, too.
    """
    return " ".join(LEFT_OVER.sub("", unmarked(markdown)).split())


def unmarked(markdown: str) -> str:
    """Return the plain text of complete Markdown blocks.

    A character that is escaped with a backslash is text and stays.
    """
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
