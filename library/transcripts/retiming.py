"""Alignment of edited text with the word times of the transcribed segments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from library.sessions.segments import SpokenWord, spoken_words, spread
from library.transcripts.versions import SegmentDraft

PUNCTUATION = ".,;:!?…\"'()[]“”‘’«»–—-"  # noqa: RUF001 - as people write them


@dataclass(frozen=True, kw_only=True)
class EditedLine:
    """Segment text typed by a person, without times."""

    text: str
    speaker: str = ""
    suspect: str = ""


def key(word: str) -> str:
    """Return a word without case and outer punctuation, for comparison."""
    return word.casefold().strip(PUNCTUATION) or word


def words_of(segment: SegmentDraft) -> list[SpokenWord]:
    """Return the words of a segment with their times in seconds."""
    return spoken_words(segment.text, segment.start, segment.end, segment.words)


def retimed(
    replaced: Sequence[SegmentDraft],
    lines: Sequence[EditedLine],
    *,
    after: float | None = None,
    before: float | None = None,
) -> list[SegmentDraft]:
    """Return *lines* as segments with times, in place of the segments *replaced*.

    Unchanged words keep their times and probabilities. Replaced words share the time range of the
    old words in proportion to their letters. Inserted words lie between their neighbours. Start
    times never decrease if those of *replaced* do not. Lines without words are dropped.

    Args:
        replaced: Segments that the lines replace; may be empty.
        lines: New text.
        after: End of the segment before, in seconds, used if *replaced* is empty.
        before: Start of the segment after, in seconds, used if *replaced* is empty.
    """
    lines = [line for line in lines if line.text.split()]
    old = [word for segment in replaced for word in words_of(segment)]
    new = [word for line in lines for word in line.text.split()]
    if (replaced and replaced[0].start is None) or (
        not replaced and after is None and before is None
    ):
        places = [segment.place for segment in replaced] or [""]
        return [_untimed(line, places[min(at, len(places) - 1)]) for at, line in enumerate(lines)]
    low = replaced[0].start if replaced else after if after is not None else before
    high = replaced[-1].end if replaced else before if before is not None else after
    placed = _placed(old, new, low or 0.0, max(low or 0.0, high or 0.0))
    segments, at = [], 0
    for line in lines:
        count = len(line.text.split())
        segments.append(_segment(line, placed[at : at + count]))
        at += count
    if segments and not segments[-1].words:  # estimated words fill the whole range
        segments[-1] = replace(segments[-1], end=max(segments[-1].end or 0.0, high or 0.0))
    return segments


def _placed(
    old: Sequence[SpokenWord], new: Sequence[str], low: float, high: float
) -> list[SpokenWord]:
    """Return the words *new* with times between *low* and *high* (seconds), taken from *old*.

    Words that are also in *old* keep their times. Other words share the time of the words that they
    replace.
    """
    placed: list[SpokenWord] = []
    for same, i, j, k, m in _stretches([key(w.text) for w in old], [key(w) for w in new]):
        if same:
            pairs = zip(old[i:j], new[k:m], strict=True)
            placed += [word._replace(text=text) for word, text in pairs]
            continue
        start = old[i].start if i < j else (placed[-1].end if placed else low)
        end = old[j - 1].end if i < j else (old[j].start if j < len(old) else high)
        start = start or 0.0
        known = any(word.probability is not None for word in old[i:j])
        placed += [
            SpokenWord(text, a, b, 1.0 if known else None)
            for text, (a, b) in zip(
                new[k:m], spread(new[k:m], start, max(start, end or start)), strict=True
            )
        ]
    return _forward(placed)


def _stretches(old: Sequence[str], new: Sequence[str]) -> list[tuple[bool, int, int, int, int]]:
    """Return equal and different ranges: (equal, old start, old end, new start, new end)."""
    found: list[tuple[bool, int, int, int, int]] = []
    for step in Levenshtein.opcodes(old, new):
        same = step.tag == "equal"
        i, j, k, m = step.src_start, step.src_end, step.dest_start, step.dest_end
        if found and found[-1][0] == same:
            found[-1] = (same, found[-1][1], j, found[-1][3], m)
        else:
            found.append((same, i, j, k, m))
    return found


def _forward(words: Sequence[SpokenWord]) -> list[SpokenWord]:
    """Return all words. A start time before that of the previous word is raised to it."""
    reached, forward = 0.0, []
    for word in words:
        start = max(reached, word.start or 0.0)
        end = max(start, word.end or 0.0)
        forward.append(word._replace(start=start, end=end))
        reached = start
    return forward


def _segment(line: EditedLine, words: Sequence[SpokenWord]) -> SegmentDraft:
    known = any(word.probability is not None for word in words)
    return SegmentDraft(
        text=" ".join(line.text.split()),
        start=words[0].start,
        end=max(word.end or 0.0 for word in words),
        speaker=line.speaker,
        suspect=line.suspect,
        words=[
            (
                f" {w.text}",
                w.start or 0.0,
                w.end or 0.0,
                1.0 if w.probability is None else w.probability,
            )
            for w in words
        ]
        if known
        else (),
    )


def _untimed(line: EditedLine, place: str) -> SegmentDraft:
    return SegmentDraft(
        text=line.text.strip(), speaker=line.speaker, suspect=line.suspect, place=place
    )
