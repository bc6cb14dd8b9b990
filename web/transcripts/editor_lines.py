"""Segments and speakers of a draft, as the transcript editor shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from library.sessions.read_models import TranscriptLine
from library.transcripts.drafts import EditorDraft
from library.transcripts.versions import SegmentDraft
from web.http import params


@dataclass(frozen=True, kw_only=True)
class EditorLine:
    """Segment in the editor. `base` is its position in the base version; None if it was changed."""

    base: int | None
    was: tuple[str, str]  # speaker and suspect reason in the base version
    line: TranscriptLine
    opens: bool  # True if the previous segment has another speaker


@dataclass(frozen=True, kw_only=True)
class EditorSpeaker:
    """Speaker of a transcript with the number of segments and the duration in seconds."""

    name: str
    lines: int
    seconds: float


def lines_of(sheet: EditorDraft) -> list[EditorLine]:
    """Return the segments of a transcript with the changes of a draft applied."""
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


def _places(sheet: EditorDraft) -> Iterator[tuple[int | None, str, str]]:
    """Yield, for each segment of a draft, its data in the base version.

    The data are (position, speaker, reason why the text is suspect). A segment that the draft
    has changed or added gives (None, "", "").
    """
    before = sheet.before
    for piece in sheet.pieces:
        if "keep" not in piece:
            if str(piece["text"]).split():
                yield None, "", ""
            continue
        for at in range(piece["keep"], piece.get("to", piece["keep"]) + 1):
            yield at, before[at].speaker, before[at].suspect


def _line(number: int, segment: SegmentDraft) -> TranscriptLine:
    return TranscriptLine(
        ordinal=number,
        speaker=segment.speaker,
        person_id=None,
        start=segment.start,
        end=segment.end,
        text=segment.text,
        words=list(segment.words),
        suspect=segment.suspect,
    )


def speakers_of(segments: Sequence[SegmentDraft]) -> list[EditorSpeaker]:
    """Return the speakers in order of first appearance."""
    counted: dict[str, tuple[int, float]] = {}
    for one in segments:
        lines, seconds = counted.get(one.speaker, (0, 0.0))
        lasts = (one.end or 0.0) - (one.start or 0.0)
        counted[one.speaker] = (lines + 1, seconds + lasts)
    return [
        EditorSpeaker(name=name, lines=lines, seconds=seconds)
        for name, (lines, seconds) in counted.items()
    ]


def cleaned(pieces: Sequence[Any]) -> list[Any]:
    """Return the pieces of a draft without the control characters in their texts."""
    return [
        {k: params.clean(v) if isinstance(v, str) else v for k, v in piece.items()}
        if isinstance(piece, dict)
        else piece
        for piece in pieces
    ]


def address(session_id: int, source_id: int, line: int | None = None) -> str:
    """Return the URL of the editor, or of one segment in the editor."""
    anchor = None if line is None else f"l{line}"
    return url_for("correct.page", session_id=session_id, source=source_id, _anchor=anchor)


def session_address(session_id: int, source_id: int) -> str:
    """Return the URL of the session page with this source selected."""
    return url_for("sessions.page", session_id=session_id, source=source_id)
