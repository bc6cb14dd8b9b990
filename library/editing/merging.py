"""Two people's changes, or a person's and a new listening's, brought together word by word.

A three-way merge over the words of the version that both began from (as in diff3: Khanna, Kunal,
Pierce 2007). What only one side changed is taken from that side; where both changed the same
words, the first side's stay and the line is marked as suspect, with the other side's words beside
it. The same holds for who speaks, where lines begin, and what is suspect.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from library.editing.retimed import key, words_of
from library.editing.transcripts import SegmentDraft, is_name

LONGEST_QUOTE = 80  # characters of the other side's words in a reason
SUSPECT = 200  # characters of a reason

Segments = Sequence[SegmentDraft]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merged transcript, and how often the two sides disagreed."""

    segments: list[SegmentDraft]
    conflicts: int


@dataclass(frozen=True, kw_only=True)
class Token:
    """A word (of a note: a paragraph) with everything that is said of it."""

    text: str
    key: str
    start: float | None
    end: float | None
    probability: float | None
    speaker: str
    suspect: str
    opens: bool  # whether a line begins with it
    place: str
    conflict: str = ""


def merged(base: Segments, mine: Segments, theirs: Segments, *, who: str) -> Merged:
    """What both sides made of *base*; where they disagree, *mine* stays and is suspect.

    Args:
        base: the transcript that both began from.
        mine: the side whose words stay.
        theirs: the other side; its seconds are kept where the words are the same.
        who: whose words *theirs* are, as a reason names them.
    """
    sides = [_tokens(segments) for segments in (base, mine, theirs)]
    result: list[Token] = []
    conflicts = 0
    voices = _Voices(sides[1])
    for chunk in _chunks(*sides):
        if chunk.agreed:
            result += [_both(*three, voices) for three in zip(*chunk.parts, strict=True)]
            continue
        taken, conflict = _taken(*chunk.parts, who, voices)
        conflicts += conflict
        result += taken
    return Merged(segments=list(_segments(result)), conflicts=conflicts)


@dataclass(frozen=True)
class _Chunk:
    """A stretch of the three: words that all have, or words about which they differ."""

    agreed: bool
    parts: tuple[Sequence[Token], Sequence[Token], Sequence[Token]]


def _chunks(
    base: Sequence[Token], mine: Sequence[Token], theirs: Sequence[Token]
) -> Iterator[_Chunk]:
    """The stretches in their order."""
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
    """Where each word of *base* stands in *other*."""
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
    voices: "_Voices",
) -> tuple[Sequence[Token], bool]:
    """Which words stay of those about which the three differ, and whether it is a conflict."""
    keys = [[token.key for token in side] for side in (base, mine, theirs)]
    if keys[1] == keys[0]:
        return [voices.spoken(token) for token in theirs], False
    if keys[2] in (keys[0], keys[1]):
        return mine, False
    others = " ".join(token.text for token in theirs)[:LONGEST_QUOTE]
    if not mine:
        reason = f"Taken out by hand, but {who} has: “{others}”."
        return [replace(voices.spoken(token), conflict=reason) for token in theirs], True
    written = " ".join(token.text for token in mine)[:LONGEST_QUOTE]
    has = f"“{others}”" if theirs else "nothing"
    reason = f"Corrected by hand to “{written}”, but {who} has {has}."
    return [replace(token, conflict=reason) for token in mine], True


def _both(base: Token, mine: Token, theirs: Token, voices: "_Voices") -> Token:
    """A word that all three have, with what each side changed about it."""
    same = mine.speaker == base.speaker
    return replace(
        theirs,
        text=theirs.text if mine.text == base.text else mine.text,
        speaker=voices.spoken(theirs).speaker if same else mine.speaker,
        suspect=theirs.suspect if mine.suspect == base.suspect else mine.suspect,
        opens=theirs.opens if mine.opens == base.opens else mine.opens,
    )


class _Voices:
    """Who speaks when, for words of the other side whose speaker nobody has named."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        timed = [token for token in tokens if token.start is not None]
        self._starts = [token.start or 0.0 for token in timed]
        self._speakers = [token.speaker for token in timed]

    def spoken(self, token: Token) -> Token:
        """The word, said by who speaks at its second where its own side does not name anybody."""
        at = bisect_right(self._starts, token.start) - 1 if token.start is not None else -1
        here = self._speakers[max(0, at)] if self._speakers else ""
        if is_name(token.speaker) or not (is_name(here) or not token.speaker):
            return token
        return replace(token, speaker=here)


def _tokens(segments: Segments) -> list[Token]:
    """The words of a transcript; the paragraphs of a note."""
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
    """Words as lines again; their seconds never go back."""
    held: list[Token] = []
    for token in _forward(tokens):
        last = held[-1] if held else token
        if held and (token.opens or (token.speaker, token.suspect) != (last.speaker, last.suspect)):
            yield _segment(held)
            held = []
        held.append(token)
    if held:
        yield _segment(held)


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
