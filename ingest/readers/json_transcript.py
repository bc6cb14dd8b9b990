"""Reader of JSON transcripts from Whisper, faster-whisper, WhisperX and this library.

All formats have `segments` with `start`, `end` and `text`. Words have the field `word`, and a
`probability` (Whisper, this library) or a `score` (WhisperX). WhisperX and this library write a
`speaker`. A word that WhisperX could not align has no times and starts where the last word ends.
"""

import json
import re
from typing import Any

from ingest.readers.time_validation import seconds, span
from library.errors import InvalidInputError
from library.sessions.language_tags import is_language
from library.sessions.segments import SegmentDraft

MOST_SEGMENTS = 100_000
MOST_WORDS = 2_000_000
NUMBERED = re.compile(r"SPEAKER_(\d{1,3})")  # labels of pyannote for unnamed speakers

Word = tuple[str, float, float, float]


def read_spoken_json(text: str, filename: str) -> tuple[list[SegmentDraft], str]:
    """Return the segments sorted by time, and the language code ("" if not given).

    Raises:
        InvalidInputError: The text is not JSON, is not a transcript, has no words, or is too long.
    """
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise InvalidInputError(
            "%(filename)s is nested too deeply to be a transcript. Export it again.",
            filename=filename,
        ) from error
    except ValueError as error:
        raise InvalidInputError(
            "%(filename)s is not complete JSON. Export the file again and add it.",
            filename=filename,
        ) from error
    listed = content.get("segments") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise InvalidInputError(
            "%(filename)s is JSON, but not a transcript: it has no list of “segments”. Export "
            "it as JSON from Whisper or WhisperX.",
            filename=filename,
        )
    if len(listed) > MOST_SEGMENTS:
        raise InvalidInputError(
            "%(filename)s has more than %(most)s segments. Cut it into parts.",
            filename=filename,
            most=f"{MOST_SEGMENTS:,}",
        )
    segments = [segment for item in listed if (segment := _segment(item)).text]
    if not segments:
        raise InvalidInputError(
            "%(filename)s has no segment with words. Export it again with its words.",
            filename=filename,
        )
    if sum(len(s.words) for s in segments) > MOST_WORDS:
        raise InvalidInputError(
            "%(filename)s has too many words. Cut it into parts.", filename=filename
        )
    language = content.get("language") if isinstance(content, dict) else ""
    named = language if isinstance(language, str) and is_language(language) else ""
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
    for item in given if isinstance(given, list) else []:
        text = _text(item.get("word") or item.get("text")).strip() if isinstance(item, dict) else ""
        if not text:
            continue
        before = words[-1][2] if words else start
        first, last = span(item.get("start"), item.get("end"), default=before)
        certainty = seconds(item.get("probability", item.get("score", 1.0)))
        words.append((text, first, last, 1.0 if certainty is None else min(1.0, certainty)))
    return words


def _speaker(given: Any) -> str:
    """Return the name of a speaker. A label such as SPEAKER_00 becomes "Speaker 1"."""
    name = " ".join(_text(given).split())[:200]
    return f"Speaker {int(found[1]) + 1}" if (found := NUMBERED.fullmatch(name)) else name


def _text(given: Any) -> str:
    """Return a field as text without lone surrogates, which JSON permits; "" if not text."""
    return given.encode("utf-8", "ignore").decode() if isinstance(given, str) else ""
