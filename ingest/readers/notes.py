"""Reader of notes in Markdown or plain text: one segment for each paragraph."""

from collections.abc import Iterator

from markdown_it.token import Token

from ingest.readers.markdown_writer import Prose
from ingest.readers.text_limits import pieces
from library.markdown import parser, plain
from library.sessions.segments import SegmentDraft
from library.translation import gettext

LISTS = {"bullet_list_open", "ordered_list_open"}


def read_note(text: str, filename: str) -> list[SegmentDraft]:
    """Return the blocks of a note as segments with unchanged Markdown.

    A block is a paragraph, a heading, a list item, a table or a code block (CommonMark 0.31). Long
    blocks are split. The index of a segment in the list is the paragraph number of a hit.

    Raises:
        InvalidInputError: The note has no words, or is longer than a book.
    """
    lines, prose = text.split("\n"), Prose(filename)
    outline = parser().disable("inline")  # inline parsing is quadratic in the length of a block
    for start, end in _blocks(outline.parse(text)):
        for piece in pieces("\n".join(lines[start:end]).strip("\n")):
            prose.add(piece if plain(piece) else "")
    return prose.done(gettext("This note has no words. Add text to it first."))


def _blocks(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield (first line, end line exclusive) of each block in order. Lists are cut into items."""
    for token in tokens:
        top = token.level == 0 and token.type not in LISTS
        item = token.level == 1 and token.type == "list_item_open"
        if token.nesting >= 0 and token.map and (top or item):
            yield token.map[0], token.map[1]
