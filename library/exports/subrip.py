"""Transcripts as SubRip subtitles, which nearly every player reads."""

from library.exports.manuscript import Manuscript
from library.exports.wording import on_one_line, stamp


def write(manuscript: Manuscript) -> bytes:
    """Numbered cues; a speaker stands before a colon, for the format knows no other way."""
    cues: list[str] = []
    for segment in manuscript.spoken:
        words = on_one_line(segment.text).replace("-->", "→")
        if segment.start is None or segment.end is None or not words:
            continue
        who = f"{on_one_line(segment.speaker)}: " if segment.speaker else ""
        times = f"{stamp(segment.start, ',')} --> {stamp(segment.end, ',')}"
        cues.append(f"{len(cues) + 1}\n{times}\n{who}{words}\n")
    return "\n".join(cues).encode()
