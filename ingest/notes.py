"""Written notes: Markdown or plain text becomes one segment a paragraph."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from library.errors import InvalidInputError
from library.transcripts import SegmentDraft

LISTS = {"bullet_list_open", "ordered_list_open"}


def read_note(text: str) -> list[SegmentDraft]:
    """The blocks of a note as segments, each with its Markdown as it was written.

    A block is a paragraph, a heading, an item of a list, a table, or a piece of code (CommonMark
    0.31). A segment's place in the list is the paragraph that a hit points at.

    Raises:
        InvalidInputError: there is nothing to read in it.
    """
    lines = text.split("\n")
    segments = [
        SegmentDraft(text=block)
        for start, end in _blocks(_parser().parse(text))
        if plain(block := "\n".join(lines[start:end]).strip("\n"))
    ]
    if not segments:
        raise InvalidInputError("There are no words in this note.")
    return segments


def plain(markdown: str) -> str:
    """The words of a piece of Markdown without its marks, for the index."""
    words = []
    for token in _parser().parse(markdown):
        if token.type == "inline":
            words += [_plain_inline(child) for child in token.children or []]
            words.append("\n")
        elif token.type in {"fence", "code_block"}:
            words.append(token.content)
    return " ".join("".join(words).split())


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _plain_inline(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return token.content if token.type in {"text", "code_inline", "image"} else ""


def _blocks(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """First line and line after the last of every block, in order; lists are cut into items."""
    for token in tokens:
        top = token.level == 0 and token.type not in LISTS
        item = token.level == 1 and token.type == "list_item_open"
        if token.nesting >= 0 and token.map and (top or item):
            yield token.map[0], token.map[1]
