"""Transcripts and notes as plain text: `[00:12:34] Ada: words`."""

from library.exports.document import ExportDocument
from library.exports.text_format import on_one_line, short
from library.markdown import unmarked
from library.sessions.segments import SegmentDraft


def write(manuscript: ExportDocument) -> bytes:
    """Return the document as plain text: provenance, a line of dashes, and the segments."""
    head = "\n".join(f"{name}: {value}" for name, value in manuscript.provenance())
    body = [_paragraph(segment, timed=manuscript.timed) for segment in manuscript.spoken]
    return ("\n\n".join([head, "-" * 40, *body]) + "\n").encode()


def _paragraph(segment: SegmentDraft, *, timed: bool) -> str:
    if not timed:
        return unmarked(segment.text)
    time = f"[{short(segment.start)}] " if segment.start is not None else ""
    who = f"{on_one_line(segment.speaker)}: " if segment.speaker else ""
    return f"{time}{who}{on_one_line(segment.text)}"
