"""Length limits of segments and paragraphs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from library.errors import InvalidInputError
from library.sessions.segments import LONGEST_TEXT, SegmentDraft

LONGEST_PARAGRAPH = 4000  # characters; parsing Markdown can take quadratic time


def bounded(segments: Sequence[SegmentDraft], filename: str) -> list[SegmentDraft]:
    """Return the segments, with paragraphs over `LONGEST_PARAGRAPH` split.

    Raises:
        InvalidInputError: A segment with times has more than `LONGEST_TEXT` characters.
    """
    found: list[SegmentDraft] = []
    for segment in segments:
        if segment.start is None:
            found += [replace(segment, text=piece) for piece in pieces(segment.text)]
        elif len(segment.text) <= LONGEST_TEXT:
            found.append(segment)
        else:
            raise InvalidInputError(
                "%(filename)s has more than %(longest)s characters under one time stamp. "
                "Add more time stamps to its text.",
                filename=filename,
                longest=f"{LONGEST_TEXT:,}",
            )
    return found


def pieces(text: str) -> Iterator[str]:
    """Yield pieces of at most `LONGEST_PARAGRAPH` characters, cut at a line or word end if any."""
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
