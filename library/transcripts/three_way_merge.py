"""Word-level three-way merge of two edits, or of an edit and a retranscription.

The base is the common version of both sides (as in diff3: Khanna, Kunal, Pierce 2007). A change
that only one side made is taken. If both sides changed the same words, the words of the first side
stay. The segment is then suspect, and its reason quotes the words of the other side. Speakers,
starts of segments and suspect reasons are merged in the same way, but without conflicts.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from library.transcripts.retiming import key, words_of
from library.transcripts.versions import SegmentDraft, is_name
from library.translation import mark

LONGEST_QUOTE = 80  # characters of the other side's words in a reason
SUSPECT = 200  # characters of a reason

Segments = Sequence[SegmentDraft]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Merged transcript and the number of conflicts."""

    segments: list[SegmentDraft]
    conflicts: int


@dataclass(frozen=True, kw_only=True)
class Token:
    """Word, or paragraph of a note, with the attributes of its segment."""

    text: str
    key: str
    start: float | None
    end: float | None
    probability: float | None
    speaker: str
    suspect: str
    opens: bool  # True for the first word of a segment
    place: str
    conflict: str = ""


def merged(base: Segments, mine: Segments, theirs: Segments, *, who: str) -> Merged:
    """Merge the changes of both sides to *base*; in a conflict, *mine* stays and is suspect.

    Args:
        base: Common base version.
        mine: Side whose words stay in a conflict.
        theirs: Other side. Equal words get the times of this side.
        who: Name of the author of *theirs*, shown in the reasons of conflicts.
    """
    sides = [_tokens(segments) for segments in (base, mine, theirs)]
    result: list[Token] = []
    conflicts = 0
    names = _SpeakerNames(sides[1])
    for chunk in _chunks(*sides):
        if chunk.agreed:
            result += [_both(*three, names) for three in zip(*chunk.parts, strict=True)]
            continue
        taken, conflict = _taken(*chunk.parts, who, names)
        conflicts += conflict
        result += taken
    return Merged(segments=list(_segments(result)), conflicts=conflicts)


@dataclass(frozen=True)
class _Chunk:
    """Range of words in all three versions. The words are equal (`agreed`) or differ."""

    agreed: bool
    parts: tuple[Sequence[Token], Sequence[Token], Sequence[Token]]


def _chunks(
    base: Sequence[Token], mine: Sequence[Token], theirs: Sequence[Token]
) -> Iterator[_Chunk]:
    """Yield the ranges of equal and of different words in three versions, in transcript order."""
    in_mine, in_theirs = _matches(base, mine), _matches(base, theirs)
    i = j = k = at = 0
    while True:
        while at < len(base) and not (at in in_mine and at in in_theirs):
            at += 1
        to_mine = in_mine[at] if at < len(base) else len(mine)
        to_theirs = in_theirs[at] if at < len(base) else len(theirs)
        differing = (base[i:at], mine[j:to_mine], theirs[k:to_theirs])
        if any(differing):
            yield _Chunk(agreed=False, parts=differing)
        if at == len(base):
            return
        i, j, k = at, to_mine, to_theirs
        while at in in_mine and at in in_theirs and in_mine[at] - at == j - i:
            if in_theirs[at] - at != k - i:
                break
            at += 1
        parts = (base[i:at], mine[j : j + at - i], theirs[k : k + at - i])
        yield _Chunk(agreed=True, parts=parts)
        i, j, k = at, j + at - i, k + at - i


def _matches(base: Sequence[Token], other: Sequence[Token]) -> dict[int, int]:
    """Return the index in *other* for each index of a matching word of *base*."""
    found: dict[int, int] = {}
    for step in Levenshtein.opcodes([t.key for t in base], [t.key for t in other]):
        if step.tag == "equal":
            shift = step.dest_start - step.src_start
            found |= {at: at + shift for at in range(step.src_start, step.src_end)}
    return found


def _taken(
    base: Sequence[Token],
    mine: Sequence[Token],
    theirs: Sequence[Token],
    who: str,
    names: "_SpeakerNames",
) -> tuple[Sequence[Token], bool]:
    """Return the words to keep of a differing chunk, and whether both sides are in conflict."""
    keys = [[token.key for token in side] for side in (base, mine, theirs)]
    if keys[1] == keys[0]:
        return [names.spoken(token) for token in theirs], False
    if keys[2] in (keys[0], keys[1]):
        return mine, False
    others = " ".join(token.text for token in theirs)[:LONGEST_QUOTE]
    if not mine:
        removed = mark("A person removed these words, but %(who)s has “%(others)s”.")
        reason = removed % {"who": who, "others": others}
        return [replace(names.spoken(token), conflict=reason) for token in theirs], True
    written = " ".join(token.text for token in mine)[:LONGEST_QUOTE]
    corrected = (
        mark("A person corrected this to “%(written)s”, but %(who)s has “%(others)s”.")
        if theirs
        else mark("A person corrected this to “%(written)s”, but %(who)s has no words here.")
    )
    reason = corrected % {"written": written, "who": who, "others": others}
    return [replace(token, conflict=reason) for token in mine], True


def _both(base: Token, mine: Token, theirs: Token, names: "_SpeakerNames") -> Token:
    """Merge the attributes of a word that all three versions have."""
    same = mine.speaker == base.speaker
    return replace(
        theirs,
        text=theirs.text if mine.text == base.text else mine.text,
        speaker=names.spoken(theirs).speaker if same else mine.speaker,
        suspect=theirs.suspect if mine.suspect == base.suspect else mine.suspect,
        opens=theirs.opens if mine.opens == base.opens else mine.opens,
    )


class _SpeakerNames:
    """Speakers of one side by time, to name unnamed speakers of the other side."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        timed = [token for token in tokens if token.start is not None]
        self._starts = [token.start or 0.0 for token in timed]
        self._speakers = [token.speaker for token in timed]

    def spoken(self, token: Token) -> Token:
        """Return the word. If its speaker is unnamed, take this side's speaker at that time."""
        at = bisect_right(self._starts, token.start) - 1 if token.start is not None else -1
        speaker = self._speakers[max(0, at)] if self._speakers else ""
        if is_name(token.speaker) or not (is_name(speaker) or not token.speaker):
            return token
        return replace(token, speaker=speaker)


def _tokens(segments: Segments) -> list[Token]:
    """Return the words of a transcript, or the paragraphs of a note."""
    tokens = []
    for segment in segments:
        words = [(w.text, w.start, w.end, w.probability) for w in words_of(segment)]
        if segment.start is None:
            words = [(segment.text, None, None, None)]
        tokens += [
            Token(
                text=text,
                key=key(text),
                start=start,
                end=end,
                probability=probability,
                speaker=segment.speaker,
                suspect=segment.suspect,
                opens=number == 0,
                place=segment.place,
            )
            for number, (text, start, end, probability) in enumerate(words)
        ]
    return tokens


def _segments(tokens: Sequence[Token]) -> Iterator[SegmentDraft]:
    """Yield segments made of the words; start times never decrease."""
    gathered: list[Token] = []
    for token in _forward(tokens):
        last = gathered[-1] if gathered else token
        if gathered and (
            token.opens or (token.speaker, token.suspect) != (last.speaker, last.suspect)
        ):
            yield _segment(gathered)
            gathered = []
        gathered.append(token)
    if gathered:
        yield _segment(gathered)


def _forward(tokens: Sequence[Token]) -> Iterator[Token]:
    reached = 0.0
    for token in tokens:
        if token.start is None:
            yield token
            continue
        reached = max(reached, token.start)
        yield replace(token, start=reached, end=max(reached, token.end or reached))


def _segment(tokens: Sequence[Token]) -> SegmentDraft:
    conflict = next((token.conflict for token in tokens if token.conflict), "")
    known = any(token.probability is not None for token in tokens)
    return SegmentDraft(
        text=" ".join(token.text for token in tokens),
        start=tokens[0].start,
        end=None if tokens[0].start is None else max(token.end or 0.0 for token in tokens),
        speaker=tokens[0].speaker,
        place=tokens[0].place,
        suspect=(conflict or tokens[0].suspect)[:SUSPECT],
        words=[
            (
                f" {t.text}",
                t.start or 0.0,
                t.end or 0.0,
                1.0 if t.probability is None else t.probability,
            )
            for t in tokens
        ]
        if known
        else (),
    )
