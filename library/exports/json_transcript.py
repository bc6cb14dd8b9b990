"""JSON export of transcripts and notes, in the schema that docs/formats.md describes.

`segments` has the fields of Whisper's JSON and a speaker. So programs that read Whisper's JSON can
read this format.
"""

import json
from datetime import date
from typing import Any

from library.exports.document import ExportDocument
from library.sessions.description import IN_TRANSCRIPTS
from library.sessions.segments import SegmentDraft

SCHEMA = 1


def write(manuscript: ExportDocument) -> bytes:
    """Return the document as JSON: words with times, confidence and marks of hallucination."""
    content = {
        "format": "living-history-transcript",
        "schema": SCHEMA,
        **{field.name: getattr(manuscript.described, field.name) for field in IN_TRANSCRIPTS},
        "people": [{"name": name, "part": part} for name, part in manuscript.people],
        "address": manuscript.address,
        "from": manuscript.site,
        "filename": manuscript.filename,
        "duration": manuscript.duration,
        "version": {
            "number": manuscript.version,
            "origin": manuscript.origin,
            "model": manuscript.model,
            "written_on": manuscript.written_on.isoformat(),
        },
        "chapters": [{"start": start, "title": title} for start, title in manuscript.chapters],
        "segments": [_segment(number, one) for number, one in enumerate(manuscript.segments)],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=date.isoformat).encode()


def _segment(number: int, segment: SegmentDraft) -> dict[str, Any]:
    return {
        "id": number,
        "start": segment.start,
        "end": segment.end,
        "speaker": segment.speaker,
        "text": segment.text,
        "suspect": segment.suspect,
        "place": segment.place,
        "words": [
            {"word": text, "start": start, "end": end, "probability": probability}
            for text, start, end, probability in segment.words
        ],
    }
