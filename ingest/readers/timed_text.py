"""Plain text with times, such as `[00:12:34] ADA: Ask the same day.`, becomes segments."""

import re

from ingest.readers.subtitles import named_by_prefix
from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError

MARK = re.compile(
    r"^[ \t]*[\[(](?:(\d{1,2}):)?(\d{1,3}):(\d\d)(?:[.,](\d{1,3}))?[\])]", re.MULTILINE
)
MOST_MARKS = 100_000
A_WORD = 0.4  # seconds: how long the last words last, of which nobody says when they end


def read_timed_text(text: str, filename: str) -> list[SegmentDraft]:
    """What stands between two times, from the first to the second; speakers before a colon.

    A time stands at the beginning of a line. What stands before the first, such as a title, is no
    speech and is left out. Paragraphs
    under one time share it by their length.

    Raises:
        InvalidInputError: there is no time in it.
    """
    marks = list(MARK.finditer(text))
    if not marks:
        raise InvalidInputError(f"{filename} has no times such as [00:12:34] in it.")
    if len(marks) > MOST_MARKS:
        raise InvalidInputError(
            f"{filename} has more than {MOST_MARKS:,} times. Cut it into parts."
        )
    starts = [_seconds(mark) for mark in marks]
    edges = [mark.start() for mark in marks] + [len(text)]
    segments: list[SegmentDraft] = []
    for i, (mark, start) in enumerate(zip(marks, starts, strict=True)):
        said = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text[mark.end() : edges[i + 1]])]
        said = [words for words in said if words]
        later = starts[i + 1] if i + 1 < len(starts) else None
        segments += _shared(said, start, later)
    if not segments:
        raise InvalidInputError(f"{filename} has times but no words.")
    segments.sort(key=lambda s: (s.start or 0.0, s.end or 0.0))
    return named_by_prefix(segments)


def _shared(said: list[str], start: float, later: float | None) -> list[SegmentDraft]:
    """Paragraphs that share the time from *start* to *later* by their length."""
    total = sum(map(len, said)) or 1
    words = sum(len(words.split()) for words in said)
    end = start + words * A_WORD if later is None else max(start, later)
    segments, at = [], start
    for words_said in said:
        until = at + (end - start) * len(words_said) / total
        segments.append(SegmentDraft(text=words_said, start=round(at, 3), end=round(until, 3)))
        at = until
    return segments


def _seconds(mark: re.Match[str]) -> float:
    hours, minutes, seconds, fraction = mark.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")
