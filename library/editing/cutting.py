"""Words taken out of a transcript by their times; pure values in, pure values out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from library.editing.segments import SegmentDraft
from library.editing.spoken import SpokenWord, spoken_words

Range = tuple[float, float]  # seconds, from and to
Timed = tuple[str, float, float, float]  # a word, its start and end (s), its probability


def overlaps(start: float, end: float, ranges: Sequence[Range]) -> bool:
    """Whether anything said from *start* to *end* lies in one of *ranges*; touching does not."""
    return any((start < b and end > a) or (start == end and a <= start < b) for a, b in ranges)


def widened(segments: Sequence[SegmentDraft], chosen: Range) -> Range:
    """*chosen*, made so large that every word in it is in it as a whole.

    Where a segment does not know when each of its words was said, all of it is: a guess would
    leave a part of what was meant.
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
    """*segments* without any word said in one of *ranges*, cut in two where words are missing.

    Args:
        segments: of one transcript, in the order of their times.
        ranges: what is off the record.
        guessing: whether a segment that does not know its words' times loses only those that
            probably lie in a range. Else it goes as a whole.
    """
    kept = [piece for s in segments for piece in kept_pieces(s, ranges, guessing=guessing)]
    # Where people talk at once, the second half of a cut segment begins after its neighbour.
    return sorted(kept, key=lambda s: s.start or 0.0)


def kept_pieces(
    segment: SegmentDraft, ranges: Sequence[Range], *, guessing: bool = False
) -> list[SegmentDraft]:
    """What is left of one segment; the segment itself where it lies outside of all *ranges*."""
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
    """The words that `without` takes out, one segment a line."""
    lines = []
    for segment in segments:
        if segment.start is None or segment.end is None:
            continue
        if overlaps(segment.start, segment.end, ranges):
            words = _timed(segment)
            known = _known(words)
            lines.append(" ".join(w.text for w in words if not known or _gone(w, ranges)))
    return "\n".join(line for line in lines if line)


def _pieces(segment: SegmentDraft) -> Iterator[Range]:
    """The smallest stretches of a segment that can be told apart."""
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
    """Whether it is known when each of these words was said."""
    return bool(words) and all(word.probability is not None for word in words)


def _gone(word: SpokenWord, ranges: Sequence[Range]) -> bool:
    return overlaps(word.start or 0.0, word.end or 0.0, ranges)


def _runs(words: Sequence[SpokenWord], ranges: Sequence[Range]) -> Iterator[list[Timed]]:
    """The words that stay, gathered between those that go."""
    run: list[Timed] = []
    for word in words:
        if _gone(word, ranges):
            if run:
                yield run
            run = []
        else:
            sure = 1.0 if word.probability is None else word.probability
            run.append((f" {word.text}", word.start or 0.0, word.end or 0.0, sure))
    if run:
        yield run


def without_text(segment: SegmentDraft, text: str) -> list[SegmentDraft]:
    """Return a paragraph without *text*; nothing where nothing else is in it."""
    if not text:
        return [segment]
    left = " ".join(part.strip() for part in segment.text.split(text)).strip()
    return [replace(segment, text=left)] if left else []
