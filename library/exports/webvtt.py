"""Transcripts and chapters as WebVTT (W3C, https://www.w3.org/TR/webvtt1/)."""

from collections.abc import Iterable, Sequence

from library.exports.manuscript import Manuscript, Spoken
from library.exports.wording import on_one_line, stamp

SHORTEST = 0.1  # seconds that a cue is shown at least


def write(manuscript: Manuscript) -> bytes:
    """Cues with voice tags behind a note that says where the words come from."""
    note = "\n".join(f"{name}: {value}" for name, value in manuscript.provenance())
    blocks = ["WEBVTT", f"NOTE\n{_escaped(note)}", *_cues(manuscript.segments)]
    return ("\n\n".join(blocks) + "\n").encode()


def captions(lines: Iterable[Spoken]) -> str:
    """Cues alone, for a player; what has no time or is suspect is left out."""
    return "\n\n".join(["WEBVTT", *_cues(lines)]) + "\n"


def chapters(marks: Sequence[tuple[float, str]], duration: float | None) -> str:
    """Chapters (second, title) as cues that last until the next, or to the end (seconds)."""
    ordered = sorted(marks)
    cues = ["WEBVTT"]
    for i, (start, title) in enumerate(ordered):
        end = ordered[i + 1][0] if i + 1 < len(ordered) else duration or start
        end = max(end, start + SHORTEST)
        cues.append(f"{stamp(start)} --> {stamp(end)}\n{_escaped(on_one_line(title))}")
    return "\n\n".join(cues) + "\n"


def write_chapters(manuscript: Manuscript) -> bytes:
    """The chapters of a recording."""
    return chapters(manuscript.chapters, manuscript.duration).encode()


def _cues(lines: Iterable[Spoken]) -> Iterable[str]:
    for line in lines:
        words = _escaped(on_one_line(line.text))
        if line.start is None or line.end is None or line.suspect or not words:
            continue
        times = f"{stamp(line.start)} --> {stamp(max(line.end, line.start + SHORTEST))}"
        voice = f"<v {_escaped(on_one_line(line.speaker))}>" if line.speaker else ""
        yield f"{times}\n{voice}{words}"


def _escaped(text: str) -> str:
    """Without the characters that end or begin something in a cue; `-->` goes with them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
