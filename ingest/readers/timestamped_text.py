"""Reader of plain text with times, such as `[00:12:34] ADA: Ask the same day.`."""

import re

from ingest.readers.subtitles import named_by_prefix
from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft

MARK = re.compile(
    r"^[ \t]*[\[(](?:(\d{1,2}):)?(\d{1,3}):(\d\d)(?:[.,](\d{1,3}))?[\])]", re.MULTILINE
)
MOST_MARKS = 100_000
A_WORD = 0.4  # seconds for each word after the last time, which has no end


def read_timed_text(text: str, filename: str) -> list[SegmentDraft]:
    """Return the text after each time as segments, with speakers from `NAME: words`.

    A time is at the beginning of a line. Text before the first time, such as a title, is ignored.
    Several paragraphs after one time share its duration in proportion to their length.

    Raises:
        InvalidInputError: The text has no times, too many times, or no words.
    """
    marks = list(MARK.finditer(text))
    if not marks:
        raise InvalidInputError(
            "%(filename)s has no times such as [00:12:34]. Add times to it.", filename=filename
        )
    if len(marks) > MOST_MARKS:
        raise InvalidInputError(
            "%(filename)s has more than %(most)s times. Cut it into parts.",
            filename=filename,
            most=f"{MOST_MARKS:,}",
        )
    starts = [_seconds(mark) for mark in marks]
    edges = [mark.start() for mark in marks] + [len(text)]
    segments: list[SegmentDraft] = []
    for i, (mark, start) in enumerate(zip(marks, starts, strict=True)):
        texts = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text[mark.end() : edges[i + 1]])]
        texts = [words for words in texts if words]
        later = starts[i + 1] if i + 1 < len(starts) else None
        segments += _shared(texts, start, later)
    if not segments:
        raise InvalidInputError(
            "%(filename)s has times but no words. Add another file.", filename=filename
        )
    segments.sort(key=lambda s: (s.start or 0.0, s.end or 0.0))
    return named_by_prefix(segments)


def _shared(texts: list[str], start: float, later: float | None) -> list[SegmentDraft]:
    """Return paragraphs as segments that share the time from *start* to *later* (seconds).

    The share of a paragraph is proportional to its length. If *later* is None, the end is estimated
    with `A_WORD` seconds for each word.
    """
    total = sum(map(len, texts)) or 1
    words = sum(len(words.split()) for words in texts)
    end = start + words * A_WORD if later is None else max(start, later)
    segments, at = [], start
    for text in texts:
        until = at + (end - start) * len(text) / total
        segments.append(SegmentDraft(text=text, start=round(at, 3), end=round(until, 3)))
        at = until
    return segments


def _seconds(mark: re.Match[str]) -> float:
    hours, minutes, seconds, fraction = mark.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")
