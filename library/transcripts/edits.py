"""Edits of a transcript as pure functions from segments to segments.

Times never decrease, and unchanged words keep their times (`library.transcripts.retiming`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from library.errors import InvalidInputError
from library.sessions.segments import LONGEST_TEXT
from library.transcripts.retiming import EditedLine, retimed
from library.transcripts.versions import SegmentDraft

MOST_SEGMENTS = 50_000
LONGEST_NAME = 200
EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")

Segments = Sequence[SegmentDraft]


@dataclass(frozen=True, kw_only=True)
class KeptRange:
    """Range of segments that an edit keeps: from `first` to `last`, both inclusive.

    Text and times stay. A `speaker` or `suspect` that is not None replaces that of the segments.
    """

    first: int
    last: int
    speaker: str | None = None
    suspect: str | None = None


Piece = KeptRange | EditedLine
"""Part of an edited transcript: kept segments of a version, or new text."""


def revised(base: Segments, pieces: Sequence[Piece]) -> list[SegmentDraft]:
    """Apply *pieces* to *base* and return the edited transcript.

    Raises:
        InvalidInputError: Kept ranges are out of order or not in *base*, or a limit is exceeded.
    """
    segments: list[SegmentDraft] = []
    lines: list[EditedLine] = []
    reached = 0  # number of segments of *base* that are processed
    for piece in [*pieces, None]:
        if isinstance(piece, EditedLine):
            lines.append(_checked(piece))
            continue
        upto = len(base) if piece is None else piece.first
        if not reached <= upto <= (len(base) if piece is None else piece.last) <= len(base):
            raise InvalidInputError("These changes do not fit this transcript. Reload the page.")
        if lines:
            segments += _written(base, reached, upto, lines)
            lines = []
        if piece is not None:
            if piece.last >= len(base):
                raise InvalidInputError(
                    "These changes do not fit this transcript. Reload the page."
                )
            segments += [_kept(one, piece) for one in base[piece.first : piece.last + 1]]
            reached = piece.last + 1
    if len(segments) > MOST_SEGMENTS:
        raise InvalidInputError(
            "A transcript has at most %(most)s lines. Merge some lines first.", most=MOST_SEGMENTS
        )
    return segments


def _written(
    base: Segments, first: int, last: int, lines: Sequence[EditedLine]
) -> list[SegmentDraft]:
    """Return *lines* as segments with times, to replace the segments *first* to *last* - 1."""
    before = base[first - 1].end if first else 0.0 if base and base[0].start is not None else None
    behind = base[last].start if last < len(base) else None
    return retimed(base[first:last], lines, after=before, before=behind)


def _kept(segment: SegmentDraft, piece: KeptRange) -> SegmentDraft:
    speaker = segment.speaker if piece.speaker is None else _name(piece.speaker)
    suspect = segment.suspect if piece.suspect is None else piece.suspect
    return replace(segment, speaker=speaker, suspect=suspect)


def _checked(line: EditedLine) -> EditedLine:
    if len(line.text) > LONGEST_TEXT:
        raise InvalidInputError(
            "A line has at most %(longest)s characters. Split it with an empty line.",
            longest=LONGEST_TEXT,
        )
    return replace(line, speaker=_name(line.speaker), suspect=line.suspect[:LONGEST_NAME])


def _name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def retext(segments: Segments, at: int, text: str) -> list[SegmentDraft]:
    """Replace the text of segment *at*. Empty lines split it, and a blank text removes it."""
    old = _one(segments, at)
    lines = [replace(_line(old), text=part) for part in EMPTY_LINE.split(text)]
    return _replaced(segments, at, 1, retimed([old], [_checked(line) for line in lines]))


def merge(segments: Segments, at: int) -> list[SegmentDraft]:
    """Merge segment *at* with the next segment. The result has the speaker of segment *at*.

    Raises:
        InvalidInputError: The segment is the last one.
    """
    first, second = _one(segments, at), _one(segments, at + 1)
    line = replace(
        _line(first), text=f"{first.text} {second.text}", suspect=first.suspect or second.suspect
    )
    return _replaced(segments, at, 2, retimed([first, second], [line]))


def say(segments: Segments, at: int, speaker: str) -> list[SegmentDraft]:
    """Set the speaker of segment *at*."""
    return _replaced(segments, at, 1, [replace(_one(segments, at), speaker=_name(speaker))])


def rename(segments: Segments, speaker: str, name: str) -> list[SegmentDraft]:
    """Rename a speaker in all segments. If another speaker has this name, both become one.

    Raises:
        InvalidInputError: The transcript has no speaker *speaker*.
    """
    if all(segment.speaker != speaker for segment in segments):
        raise InvalidInputError(
            "This transcript has no speaker “%(speaker)s”. Reload the page.", speaker=speaker
        )
    return [
        replace(one, speaker=_name(name)) if one.speaker == speaker else one for one in segments
    ]


def substitute(segments: Segments, find: str, replacement: str) -> list[SegmentDraft]:
    """Replace *find* with *replacement* in all segments, as whole words and ignoring case.

    Raises:
        InvalidInputError: *find* is blank.
    """
    if not find.strip():
        raise InvalidInputError("Enter the words to find.")
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
    """Accept the suspect segment *at* as spoken, so that it is indexed."""
    return _replaced(segments, at, 1, [replace(_one(segments, at), suspect="")])


def drop(segments: Segments, at: int) -> list[SegmentDraft]:
    """Remove segment *at*."""
    _one(segments, at)
    return _replaced(segments, at, 1, [])


def _line(segment: SegmentDraft) -> EditedLine:
    return EditedLine(text=segment.text, speaker=segment.speaker, suspect=segment.suspect)


def _one(segments: Segments, at: int) -> SegmentDraft:
    if not 0 <= at < len(segments):
        raise InvalidInputError("This line is not in the transcript. Reload the page.")
    return segments[at]


def _replaced(segments: Segments, at: int, count: int, by: Segments) -> list[SegmentDraft]:
    return [*segments[:at], *by, *segments[at + count :]]
