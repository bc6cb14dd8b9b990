"""Written notes: Markdown or plain text becomes one segment a paragraph."""

from collections.abc import Iterator

from markdown_it.token import Token

from ingest.readers.lengths import pieces
from ingest.readers.prose import Prose
from library.editing.segments import SegmentDraft
from library.markdown import parser, plain

LISTS = {"bullet_list_open", "ordered_list_open"}


def read_note(text: str, filename: str) -> list[SegmentDraft]:
    """The blocks of a note as segments, each with its Markdown as it was written.

    A block is a paragraph, a heading, an item of a list, a table, or a piece of code (CommonMark
    0.31). A segment's place in the list is the paragraph that a hit points at.

    Raises:
        InvalidInputError: there is nothing to read in it, or more than a book holds.
    """
    lines, prose = text.split("\n"), Prose(filename)
    outline = parser().disable("inline")  # which takes the square of what stands in one block
    for start, end in _blocks(outline.parse(text)):
        for piece in pieces("\n".join(lines[start:end]).strip("\n")):
            prose.add(piece if plain(piece) else "")
    return prose.done("There are no words in this note.")


def _blocks(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """First line and line after the last of every block, in order; lists are cut into items."""
    for token in tokens:
        top = token.level == 0 and token.type not in LISTS
        item = token.level == 1 and token.type == "list_item_open"
        if token.nesting >= 0 and token.map and (top or item):
            yield token.map[0], token.map[1]
