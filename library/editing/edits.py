"""Changes of a transcript, as functions from segments to segments; none loses a word by itself.

Seconds stay in order, and words keep theirs (`library.editing.retimed`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from library.editing.retimed import Line, retimed
from library.editing.segments import LONGEST_TEXT
from library.editing.transcripts import SegmentDraft
from library.errors import InvalidInputError

MOST_SEGMENTS = 50_000
LONGEST_NAME = 200
EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")

Segments = Sequence[SegmentDraft]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The segments *first* to *last* (both inclusive) of a version, as they are.

    A speaker or a suspicion that is not None takes the place of theirs.
    """

    first: int
    last: int
    speaker: str | None = None
    suspect: str | None = None


Piece = Kept | Line
"""A part of a changed transcript: what stays of a version, or what is written anew."""


def revised(base: Segments, pieces: Sequence[Piece]) -> list[SegmentDraft]:
    """The transcript that *pieces* make of *base*.

    Raises:
        InvalidInputError: what is kept is not in the order of *base*, or not in it at all.
    """
    segments: list[SegmentDraft] = []
    lines: list[Line] = []
    reached = 0  # of base
    for piece in [*pieces, None]:
        if isinstance(piece, Line):
            lines.append(_checked(piece))
            continue
        upto = len(base) if piece is None else piece.first
        if not reached <= upto <= (len(base) if piece is None else piece.last) <= len(base):
            raise InvalidInputError(
                "These changes do not fit the transcript that they are of. Load it again."
            )
        if lines:
            segments += _written(base, reached, upto, lines)
            lines = []
        if piece is not None:
            if piece.last >= len(base):
                raise InvalidInputError(
                    "These changes do not fit the transcript that they are of. Load it again."
                )
            segments += [_kept(one, piece) for one in base[piece.first : piece.last + 1]]
            reached = piece.last + 1
    if len(segments) > MOST_SEGMENTS:
        raise InvalidInputError(f"A transcript has at most {MOST_SEGMENTS} lines.")
    return segments


def _written(base: Segments, first: int, last: int, lines: Sequence[Line]) -> list[SegmentDraft]:
    """The *lines* in the place of the segments *first* to *last* (exclusive) of *base*."""
    before = base[first - 1].end if first else 0.0 if base and base[0].start is not None else None
    behind = base[last].start if last < len(base) else None
    return retimed(base[first:last], lines, after=before, before=behind)


def _kept(segment: SegmentDraft, piece: Kept) -> SegmentDraft:
    speaker = segment.speaker if piece.speaker is None else _name(piece.speaker)
    suspect = segment.suspect if piece.suspect is None else piece.suspect
    return replace(segment, speaker=speaker, suspect=suspect)


def _checked(line: Line) -> Line:
    if len(line.text) > LONGEST_TEXT:
        raise InvalidInputError(
            f"A line has at most {LONGEST_TEXT} characters. Part it with an empty line."
        )
    return replace(line, speaker=_name(line.speaker), suspect=line.suspect[:LONGEST_NAME])


def _name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def retext(segments: Segments, at: int, text: str) -> list[SegmentDraft]:
    """Write *text* in the place of a segment's; empty lines part it, without words it is gone."""
    old = _one(segments, at)
    lines = [replace(_line(old), text=part) for part in EMPTY_LINE.split(text)]
    return _replaced(segments, at, 1, retimed([old], [_checked(line) for line in lines]))


def merge(segments: Segments, at: int) -> list[SegmentDraft]:
    """Put a segment and the next together; the first one's speaker says both.

    Raises:
        InvalidInputError: there is no next one.
    """
    first, second = _one(segments, at), _one(segments, at + 1)
    line = replace(
        _line(first), text=f"{first.text} {second.text}", suspect=first.suspect or second.suspect
    )
    return _replaced(segments, at, 2, retimed([first, second], [line]))


def say(segments: Segments, at: int, speaker: str) -> list[SegmentDraft]:
    """Say who speaks in one segment."""
    return _replaced(segments, at, 1, [replace(_one(segments, at), speaker=_name(speaker))])


def rename(segments: Segments, speaker: str, name: str) -> list[SegmentDraft]:
    """Call a voice *name* wherever it speaks; a name that is there already makes one of the two.

    Raises:
        InvalidInputError: nobody is called *speaker* here.
    """
    if all(segment.speaker != speaker for segment in segments):
        raise InvalidInputError(f"Nobody is called “{speaker}” in this transcript.")
    return [
        replace(one, speaker=_name(name)) if one.speaker == speaker else one for one in segments
    ]


def substitute(segments: Segments, find: str, replacement: str) -> list[SegmentDraft]:
    """Write *replacement* wherever *find* stands as whole words, whatever its capitals.

    Raises:
        InvalidInputError: there is nothing to find.
    """
    if not find.strip():
        raise InvalidInputError("Say which words to look for.")
    pattern = re.compile(rf"(?<!\w){re.escape(find.strip())}(?!\w)", re.IGNORECASE)
    changed: list[SegmentDraft] = []
    for segment in segments:
        text = pattern.sub(lambda _: replacement, segment.text)
        if text == segment.text:
            changed.append(segment)
        else:
            changed += retimed([segment], [_checked(replace(_line(segment), text=text))])
    return changed


def accept(segments: Segments, at: int) -> list[SegmentDraft]:
    """Take a suspect segment for said: it is searched from then on."""
    return _replaced(segments, at, 1, [replace(_one(segments, at), suspect="")])


def drop(segments: Segments, at: int) -> list[SegmentDraft]:
    """Leave a segment out."""
    _one(segments, at)
    return _replaced(segments, at, 1, [])


def _line(segment: SegmentDraft) -> Line:
    return Line(text=segment.text, speaker=segment.speaker, suspect=segment.suspect)


def _one(segments: Segments, at: int) -> SegmentDraft:
    if not 0 <= at < len(segments):
        raise InvalidInputError("There is no such line in this transcript.")
    return segments[at]


def _replaced(segments: Segments, at: int, count: int, by: Segments) -> list[SegmentDraft]:
    return [*segments[:at], *by, *segments[at + count :]]
