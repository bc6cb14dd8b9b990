"""WebVTT export of transcripts and chapters (W3C, https://www.w3.org/TR/webvtt1/)."""

from collections.abc import Iterable, Sequence

from library.exports.document import ExportDocument, TimedSegment
from library.exports.text_format import on_one_line, stamp

SHORTEST = 0.1  # minimum duration of a cue, in seconds


def write(manuscript: ExportDocument) -> bytes:
    """Return the document as WebVTT: a note with the provenance, and cues with voice tags."""
    note = "\n".join(f"{name}: {value}" for name, value in manuscript.provenance())
    blocks = ["WEBVTT", f"NOTE\n{_escaped(note)}", *_cues(manuscript.segments)]
    return ("\n\n".join(blocks) + "\n").encode()


def captions(lines: Iterable[TimedSegment]) -> str:
    """Return segments as WebVTT cues, for the captions of the player.

    Probably hallucinated segments and segments without times are left out.
    """
    return "\n\n".join(["WEBVTT", *_cues(lines)]) + "\n"


def chapters(marks: Sequence[tuple[float, str]], duration: float | None) -> str:
    """Return chapters as WebVTT cues. *marks* are pairs of second and title.

    A cue ends where the next chapter begins. The last cue ends at *duration* (seconds).
    """
    ordered = sorted(marks)
    cues = ["WEBVTT"]
    for i, (start, title) in enumerate(ordered):
        end = ordered[i + 1][0] if i + 1 < len(ordered) else duration or start
        end = max(end, start + SHORTEST)
        cues.append(f"{stamp(start)} --> {stamp(end)}\n{_escaped(on_one_line(title))}")
    return "\n\n".join(cues) + "\n"


def write_chapters(manuscript: ExportDocument) -> bytes:
    """Return the chapters of a recording as WebVTT."""
    return chapters(manuscript.chapters, manuscript.duration).encode()


def _cues(lines: Iterable[TimedSegment]) -> Iterable[str]:
    for line in lines:
        words = _escaped(on_one_line(line.text))
        if line.start is None or line.end is None or line.suspect or not words:
            continue
        times = f"{stamp(line.start)} --> {stamp(max(line.end, line.start + SHORTEST))}"
        voice = f"<v {_escaped(on_one_line(line.speaker))}>" if line.speaker else ""
        yield f"{times}\n{voice}{words}"


def _escaped(text: str) -> str:
    """Return the text with `&`, `<` and `>` escaped. So the text cannot contain `-->`."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
