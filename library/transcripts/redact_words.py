"""Redaction of words in transcript segments by time, as pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from library.sessions.segments import SegmentDraft, SpokenWord, spoken_words

Range = tuple[float, float]  # seconds, from and to
Timed = tuple[str, float, float, float]  # a word, its start and end (s), its probability


def overlaps(start: float, end: float, ranges: Sequence[Range]) -> bool:
    """Return True if *start* to *end* overlaps one of *ranges*. Touching is not an overlap."""
    return any((start < b and end > a) or (start == end and a <= start < b) for a, b in ranges)


def widened(segments: Sequence[SegmentDraft], chosen: Range) -> Range:
    """Return *chosen*, extended so that it contains only whole words.

    A segment without word times is included as a whole: estimated times could leave a part of the
    chosen words.
    """
    start, end = chosen
    while True:
        inside = [
            (a, b)
            for segment in segments
            for a, b in _pieces(segment)
            if overlaps(a, b, [(start, end)])
        ]
        wider = min([start, *(a for a, _ in inside)]), max([end, *(b for _, b in inside)])
        if wider == (start, end):
            return wider
        start, end = wider


def without(
    segments: Sequence[SegmentDraft], ranges: Sequence[Range], *, guessing: bool = False
) -> list[SegmentDraft]:
    """Return *segments* without the words in *ranges*; a segment is split at removed words.

    Args:
        segments: Segments of one transcript, sorted by time.
        ranges: Redacted ranges in seconds.
        guessing: If True, a segment without word times loses only the words whose estimated
            times are in a range. If False, the whole segment is removed.
    """
    parts = [piece for s in segments for piece in kept_pieces(s, ranges, guessing=guessing)]
    # With overlapping speech, the second part of a split segment can begin after the next segment.
    return sorted(parts, key=lambda s: s.start or 0.0)


def kept_pieces(
    segment: SegmentDraft, ranges: Sequence[Range], *, guessing: bool = False
) -> list[SegmentDraft]:
    """Return the parts of a segment outside *ranges*, or the whole segment if no range overlaps it.

    *guessing* has the same meaning as in `without`.
    """
    if segment.start is None or segment.end is None:
        return [segment]
    if not overlaps(segment.start, segment.end, ranges):
        stray = [w for w in segment.words if overlaps(w[1], w[2], ranges)]
        return [replace(segment, words=()) if stray else segment]
    words = _timed(segment)
    if not guessing and not _known(words):
        return []
    return [
        replace(
            segment,
            text=" ".join(word.strip() for word, *_ in run),
            start=run[0][1],
            end=max(end for _, _, end, _ in run),
            words=run,
        )
        for run in _runs(words, ranges)
    ]


def removed_text(segments: Sequence[SegmentDraft], ranges: Sequence[Range]) -> str:
    """Return the words that `without` removes, one line for each segment."""
    lines = []
    for segment in segments:
        if segment.start is None or segment.end is None:
            continue
        if overlaps(segment.start, segment.end, ranges):
            words = _timed(segment)
            known = _known(words)
            lines.append(" ".join(w.text for w in words if not known or _is_redacted(w, ranges)))
    return "\n".join(line for line in lines if line)


def _pieces(segment: SegmentDraft) -> Iterator[Range]:
    """Yield the time ranges of the words; the range of the segment if word times are unknown."""
    if segment.start is None or segment.end is None:
        return
    words = _timed(segment)
    if _known(words):
        yield from ((word.start or 0.0, word.end or 0.0) for word in words)
    else:
        yield segment.start, segment.end


def _timed(segment: SegmentDraft) -> list[SpokenWord]:
    return spoken_words(segment.text, segment.start, segment.end, segment.words)


def _known(words: Sequence[SpokenWord]) -> bool:
    """Return True if all words have measured times (a probability)."""
    return bool(words) and all(word.probability is not None for word in words)


def _is_redacted(word: SpokenWord, ranges: Sequence[Range]) -> bool:
    return overlaps(word.start or 0.0, word.end or 0.0, ranges)


def _runs(words: Sequence[SpokenWord], ranges: Sequence[Range]) -> Iterator[list[Timed]]:
    """Yield each run of consecutive words that are not redacted."""
    run: list[Timed] = []
    for word in words:
        if _is_redacted(word, ranges):
            if run:
                yield run
            run = []
        else:
            sure = 1.0 if word.probability is None else word.probability
            run.append((f" {word.text}", word.start or 0.0, word.end or 0.0, sure))
    if run:
        yield run


def without_text(segment: SegmentDraft, text: str) -> list[SegmentDraft]:
    """Return a list of the paragraph without *text*. The list is empty if no other text remains."""
    if not text:
        return [segment]
    rest = " ".join(part.strip() for part in segment.text.split(text)).strip()
    return [replace(segment, text=rest)] if rest else []
