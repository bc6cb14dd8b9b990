"""Transcripts and notes as JSON: our own schema, which docs/formats.md describes.

`segments` are those of Whisper with a speaker, so that programs which read Whisper's read ours.
"""

import json
from typing import Any

from library.editing.segments import SegmentDraft
from library.exports.manuscript import Manuscript

SCHEMA = 1


def write(manuscript: Manuscript) -> bytes:
    """All that is known of the words: times, certainty, and why some are suspect."""
    content = {
        "format": "living-history-transcript",
        "schema": SCHEMA,
        "title": manuscript.title,
        "description": manuscript.description,
        "held_on": manuscript.held_on.isoformat() if manuscript.held_on else None,
        "people": [{"name": name, "part": part} for name, part in manuscript.people],
        "address": manuscript.address,
        "from": manuscript.site,
        "filename": manuscript.filename,
        "duration": manuscript.duration,
        "language": manuscript.language,
        "version": {
            "number": manuscript.version,
            "origin": manuscript.origin,
            "model": manuscript.model,
            "written_on": manuscript.written_on.isoformat(),
        },
        "chapters": [{"start": start, "title": title} for start, title in manuscript.chapters],
        "segments": [_segment(number, one) for number, one in enumerate(manuscript.segments)],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


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
