"""SubRip export of transcripts."""

from library.exports.document import ExportDocument
from library.exports.text_format import on_one_line, stamp


def write(manuscript: ExportDocument) -> bytes:
    """Return the document as SubRip: numbered cues with times.

    SubRip has no element for speakers, so each cue starts with the name and a colon.
    """
    cues: list[str] = []
    for segment in manuscript.spoken:
        words = on_one_line(segment.text).replace("-->", "→")
        if segment.start is None or segment.end is None or not words:
            continue
        who = f"{on_one_line(segment.speaker)}: " if segment.speaker else ""
        times = f"{stamp(segment.start, ',')} --> {stamp(segment.end, ',')}"
        cues.append(f"{len(cues) + 1}\n{times}\n{who}{words}\n")
    return "\n".join(cues).encode()
