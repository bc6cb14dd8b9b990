"""The JSON of Whisper, faster-whisper and WhisperX, and our own, becomes segments with words.

All of them have `segments` with `start`, `end` and `text`. Words are called `word` (ours and
theirs), their certainty `probability` (Whisper, ours) or `score` (WhisperX). WhisperX and we name
a `speaker`. A word that WhisperX could not place has no times: it follows the word before it.
"""

import json
import re
from typing import Any

from ingest.readers.times import seconds, span
from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError

MOST_SEGMENTS = 100_000
MOST_WORDS = 2_000_000
LANGUAGE = re.compile("[a-zA-Z-]{2,12}")
NUMBERED = re.compile(r"SPEAKER_(\d{1,3})")  # what pyannote calls a voice that nobody has named

Word = tuple[str, float, float, float]


def read_spoken_json(text: str, filename: str) -> tuple[list[SegmentDraft], str]:
    """Segments in the order of their times, and the language's code (empty: not said).

    Raises:
        InvalidInputError: it is not JSON, or not of this kind.
    """
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise InvalidInputError(f"{filename} is nested too deeply to be a transcript.") from error
    except ValueError as error:
        raise InvalidInputError(
            f"{filename} is not complete JSON. Export it once more, and add that."
        ) from error
    listed = content.get("segments") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise InvalidInputError(
            f"{filename} is JSON, but not a transcript: it has no list of “segments” as Whisper "
            "and WhisperX write it."
        )
    if len(listed) > MOST_SEGMENTS:
        raise InvalidInputError(f"{filename} has more than {MOST_SEGMENTS:,} segments.")
    segments = [segment for one in listed if (segment := _segment(one)).text]
    if not segments:
        raise InvalidInputError(f"{filename} has no segment with words in it.")
    if sum(len(s.words) for s in segments) > MOST_WORDS:
        raise InvalidInputError(f"{filename} is far longer than a day. Cut it into parts.")
    language = content.get("language") if isinstance(content, dict) else ""
    named = (
        language if isinstance(language, str) and re.fullmatch("[a-zA-Z-]{2,12}", language) else ""
    )
    return sorted(segments, key=lambda s: (s.start or 0.0, s.end or 0.0)), named


def _segment(given: dict[str, Any]) -> SegmentDraft:
    start, end = span(given.get("start"), given.get("end"))
    speaker, suspect = given.get("speaker"), given.get("suspect")
    return SegmentDraft(
        text=" ".join(_text(given.get("text")).split()),
        start=start,
        end=end,
        speaker=_speaker(speaker),
        words=_words(given.get("words"), start),
        suspect=_text(suspect)[:200],
    )


def _words(given: Any, start: float) -> list[Word]:
    words: list[Word] = []
    for one in given if isinstance(given, list) else []:
        text = _text(one.get("word") or one.get("text")).strip() if isinstance(one, dict) else ""
        if not text:
            continue
        before = words[-1][2] if words else start
        first, last = span(one.get("start"), one.get("end"), default=before)
        certainty = seconds(one.get("probability", one.get("score", 1.0)))
        words.append((text, first, last, 1.0 if certainty is None else min(1.0, certainty)))
    return words


def _speaker(given: Any) -> str:
    """A speaker's name; numbered voices are told apart but are nobody's name."""
    name = " ".join(_text(given).split())[:200]
    return f"Speaker {int(found[1]) + 1}" if (found := NUMBERED.fullmatch(name)) else name


def _text(given: Any) -> str:
    """The words in a field, without half characters (JSON may hold lone surrogates)."""
    return given.encode("utf-8", "ignore").decode() if isinstance(given, str) else ""
