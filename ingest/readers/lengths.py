"""How long one piece of text may be."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from library.editing.segments import LONGEST_TEXT, SegmentDraft
from library.errors import InvalidInputError

LONGEST_PARAGRAPH = 4000  # characters; reading Markdown can take the square of a paragraph's length


def bounded(segments: Sequence[SegmentDraft], filename: str) -> list[SegmentDraft]:
    """The same segments; a paragraph that is longer than paragraphs are is parted.

    Raises:
        InvalidInputError: there is that much under one time.
    """
    found: list[SegmentDraft] = []
    for segment in segments:
        if segment.start is None:
            found += [replace(segment, text=piece) for piece in pieces(segment.text)]
        elif len(segment.text) <= LONGEST_TEXT:
            found.append(segment)
        else:
            raise InvalidInputError(
                f"{filename} has more than {LONGEST_TEXT:,} characters under one time, which "
                "nobody can say at once. Cut it into cues."
            )
    return found


def pieces(text: str) -> Iterator[str]:
    """A text in pieces, parted at the end of a line or of a word where there is one."""
    start = 0
    while len(text) - start > LONGEST_PARAGRAPH:
        most = start + LONGEST_PARAGRAPH
        ends = (text.rfind(mark, start + 1, most) for mark in ("\n", " "))
        end = next((place for place in ends if place > 0), most)
        yield text[start:end]
        start = end
        while start < len(text) and text[start].isspace():
            start += 1
    yield text[start:]
