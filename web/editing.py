"""What the editor shows: lines with their place in a version, voices with how long they speak."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from library.editing.drafts import Sheet
from library.editing.transcripts import SegmentDraft
from library.holdings.reading import Line
from web import parameters


@dataclass(frozen=True, kw_only=True)
class EditorLine:
    """A line to be corrected; `base` is its place in the version, None where it was changed."""

    base: int | None
    was: tuple[str, str]  # speaker and suspicion in the version
    line: Line
    opens: bool  # whether somebody else spoke before


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Somebody who speaks in a transcript."""

    name: str
    lines: int
    seconds: float


def lines_of(sheet: Sheet) -> list[EditorLine]:
    """The lines of a transcript with the changes of a draft."""
    places = list(_places(sheet))
    lines, before = [], ""
    for number, segment in enumerate(sheet.segments):
        base, speaker, suspect = places[number] if number < len(places) else (None, "", "")
        lines.append(
            EditorLine(
                base=base,
                was=(speaker, suspect),
                line=_line(number, segment),
                opens=segment.speaker != before,
            )
        )
        before = segment.speaker
    return lines


def _places(sheet: Sheet) -> Iterator[tuple[int | None, str, str]]:
    """For each line: its place in the version, and who spoke and what was suspect there."""
    before = sheet.before
    for piece in sheet.pieces:
        if "keep" not in piece:
            if str(piece["text"]).split():
                yield None, "", ""
            continue
        for at in range(piece["keep"], piece.get("to", piece["keep"]) + 1):
            yield at, before[at].speaker, before[at].suspect


def _line(number: int, segment: SegmentDraft) -> Line:
    return Line(
        ordinal=number,
        speaker=segment.speaker,
        person_id=None,
        start=segment.start,
        end=segment.end,
        text=segment.text,
        words=list(segment.words),
        suspect=segment.suspect,
    )


def voices_of(segments: Sequence[SegmentDraft]) -> list[Voice]:
    """Who speaks, in the order in which they begin."""
    counted: dict[str, tuple[int, float]] = {}
    for one in segments:
        lines, seconds = counted.get(one.speaker, (0, 0.0))
        lasts = (one.end or 0.0) - (one.start or 0.0)
        counted[one.speaker] = (lines + 1, seconds + lasts)
    return [
        Voice(name=name, lines=lines, seconds=seconds) for name, (lines, seconds) in counted.items()
    ]


def cleaned(pieces: Sequence[Any]) -> list[Any]:
    """Pieces whose texts can be kept anywhere."""
    return [
        {k: parameters.clean(v) if isinstance(v, str) else v for k, v in piece.items()}
        if isinstance(piece, dict)
        else piece
        for piece in pieces
    ]


def address(session_id: int, source_id: int, line: int | None = None) -> str:
    """Where a transcript is corrected, at a line."""
    anchor = None if line is None else f"l{line}"
    return url_for("correct.page", session_id=session_id, source=source_id, _anchor=anchor)


def session_address(session_id: int, source_id: int) -> str:
    """The session's page with that source."""
    return url_for("sessions.page", session_id=session_id, source=source_id)
