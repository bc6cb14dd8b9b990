"""Segments become passages: a few sentences that stay together, cut where speakers change.

Passages of about 60 words found the right words best on transcripts of real conversations; the
ranking looks at their neighbours, so a passage need not carry its surroundings itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from library.editing.transcripts import SegmentDraft, is_name
from library.holdings.passages import PassageDraft
from search.spoken import SpokenWord, ends_sentence, spoken_words

WORDS = 60  # a passage is full when it has this many
LONGEST = 100  # a turn longer than this is cut at its sentences' ends; 256 tokens hold so many


@dataclass(frozen=True, slots=True)
class Piece:
    """A turn, or some sentences of a long one."""

    segment: int  # ordinal
    speaker: str
    words: Sequence[SpokenWord]


def chunk(segments: Sequence[SegmentDraft]) -> list[PassageDraft]:
    """The passages of a transcript or a note, in order; suspect segments are in none of them."""
    passages: list[PassageDraft] = []
    held: list[Piece] = []
    for piece in _pieces(segments):
        if held and _closes(held, piece):
            passages.append(_passage(held))
            held = []
        held.append(piece)
    if held:
        passages.append(_passage(held))
    return passages


def _pieces(segments: Sequence[SegmentDraft]) -> Iterator[Piece]:
    for ordinal, segment in enumerate(segments):
        if segment.suspect:
            continue
        words = spoken_words(segment.text, segment.start, segment.end, segment.words)
        for part in _split(words):
            yield Piece(ordinal, segment.speaker, part)


def _split(words: Sequence[SpokenWord]) -> Iterator[Sequence[SpokenWord]]:
    """Cut a long turn into parts of about equal length, at the nearest ends of sentences."""
    while len(words) > LONGEST:
        parts = round(len(words) / WORDS)
        cut = _nearest_end(words, len(words) // max(2, parts))
        yield words[:cut]
        words = words[cut:]
    if words:
        yield words


def _nearest_end(words: Sequence[SpokenWord], wanted: int) -> int:
    """The end of a sentence that is nearest to *wanted* words, or *wanted* where none is near."""
    near = range(max(1, wanted // 2), min(len(words) - 1, LONGEST) + 1)
    ends = [i for i in near if ends_sentence(words[i - 1].text)]
    return min(ends, key=lambda i: abs(i - wanted), default=wanted)


def _closes(held: Sequence[Piece], coming: Piece) -> bool:
    """Whether the passage is better without the piece that comes next."""
    count = sum(len(piece.words) for piece in held)
    if count >= WORDS or count + len(coming.words) > LONGEST:
        return True
    # nearer to the wanted length without it than with it
    return count + len(coming.words) - WORDS > WORDS - count


def _passage(pieces: Sequence[Piece]) -> PassageDraft:
    lines: list[str] = []
    counts: dict[str, int] = {}
    before: str | None = None
    for piece in pieces:
        words = " ".join(word.text for word in piece.words)
        if piece.speaker == before:
            lines[-1] += f" {words}"
        else:
            lines.append(f"{piece.speaker}: {words}" if is_name(piece.speaker) else words)
        before = piece.speaker
        counts[piece.speaker] = counts.get(piece.speaker, 0) + len(piece.words)
    return PassageDraft(
        first_segment=pieces[0].segment,
        last_segment=pieces[-1].segment,
        start=pieces[0].words[0].start,
        end=pieces[-1].words[-1].end,
        text="\n".join(lines),
        speakers=list(counts.items()),
    )
