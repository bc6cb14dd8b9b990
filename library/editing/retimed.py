"""Changed words keep their seconds: new words are laid over the ones that were heard."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from library.editing.spoken import SpokenWord, spoken_words, spread
from library.editing.transcripts import SegmentDraft

PUNCTUATION = ".,;:!?…\"'()[]“”‘’«»–—-"  # noqa: RUF001 - as people write them


@dataclass(frozen=True, kw_only=True)
class Line:
    """What somebody wrote: a segment without its seconds."""

    text: str
    speaker: str = ""
    suspect: str = ""


def key(word: str) -> str:
    """What two spellings of a word share: letters without case and punctuation."""
    return word.casefold().strip(PUNCTUATION) or word


def words_of(segment: SegmentDraft) -> list[SpokenWord]:
    """A segment's words with their seconds."""
    return spoken_words(segment.text, segment.start, segment.end, segment.words)


def retimed(
    heard: Sequence[SegmentDraft],
    lines: Sequence[Line],
    *,
    after: float | None = None,
    before: float | None = None,
) -> list[SegmentDraft]:
    """The *lines* in the place of the segments *heard*, with seconds for every word.

    Words that stay keep their seconds and their probability; words in the place of others share
    theirs by the number of letters; words that are new lie between their neighbours. Seconds never
    go back, if those of *heard* do not. Lines without words fall out.

    Args:
        heard: the segments that the lines take the place of; may be none.
        lines: what is written now.
        after: second at which what stands before ends, where nothing was heard.
        before: second at which what stands behind begins.
    """
    lines = [line for line in lines if line.text.split()]
    old = [word for segment in heard for word in words_of(segment)]
    new = [word for line in lines for word in line.text.split()]
    if (heard and heard[0].start is None) or (not heard and after is None and before is None):
        places = [segment.place for segment in heard] or [""]
        return [_untimed(line, places[min(at, len(places) - 1)]) for at, line in enumerate(lines)]
    low = heard[0].start if heard else after if after is not None else before
    high = heard[-1].end if heard else before if before is not None else after
    placed = _placed(old, new, low or 0.0, max(low or 0.0, high or 0.0))
    segments, at = [], 0
    for line in lines:
        count = len(line.text.split())
        segments.append(_segment(line, placed[at : at + count]))
        at += count
    if segments and not segments[-1].words:  # estimated words fill all the time there is
        segments[-1] = replace(segments[-1], end=max(segments[-1].end or 0.0, high or 0.0))
    return segments


def _placed(
    old: Sequence[SpokenWord], new: Sequence[str], low: float, high: float
) -> list[SpokenWord]:
    """The *new* words over the *old* ones; *low* and *high* are seconds around all of them."""
    placed: list[SpokenWord] = []
    for same, i, j, k, m in _stretches([key(w.text) for w in old], [key(w) for w in new]):
        if same:
            kept = zip(old[i:j], new[k:m], strict=True)
            placed += [word._replace(text=text) for word, text in kept]
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
    """Stretches of both that follow one another: (same, old from, to, new from, to)."""
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
    """The words with seconds that never go back."""
    reached, forward = 0.0, []
    for word in words:
        start = max(reached, word.start or 0.0)
        end = max(start, word.end or 0.0)
        forward.append(word._replace(start=start, end=end))
        reached = start
    return forward


def _segment(line: Line, words: Sequence[SpokenWord]) -> SegmentDraft:
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


def _untimed(line: Line, place: str) -> SegmentDraft:
    return SegmentDraft(
        text=line.text.strip(), speaker=line.speaker, suspect=line.suspect, place=place
    )
