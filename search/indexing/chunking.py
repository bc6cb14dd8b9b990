"""Chunking: groups transcript segments into passages of a few sentences.

Passages of about 60 words gave the best retrieval on transcripts of real conversations. The ranking
also scores neighbouring passages, so a passage need not contain its context.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from library.sessions.passages import PassageDraft
from library.transcripts.versions import SegmentDraft, is_name
from search.text.analyzer import SpokenWord, ends_sentence, spoken_words

WORDS = 60  # target size of a passage
LONGEST = 100  # longer segments are cut at sentence ends; 100 words fit into 256 tokens


@dataclass(frozen=True, slots=True)
class Piece:
    """A transcript segment, or some sentences of a long segment."""

    segment: int  # ordinal
    speaker: str
    words: Sequence[SpokenWord]


def chunk(segments: Sequence[SegmentDraft]) -> list[PassageDraft]:
    """Return the passages of a transcript or note in order, without suspect segments."""
    passages: list[PassageDraft] = []
    pending: list[Piece] = []
    for piece in _pieces(segments):
        if pending and _closes(pending, piece):
            passages.append(_passage(pending))
            pending = []
        pending.append(piece)
    if pending:
        passages.append(_passage(pending))
    return passages


def _pieces(segments: Sequence[SegmentDraft]) -> Iterator[Piece]:
    for ordinal, segment in enumerate(segments):
        if segment.suspect:
            continue
        words = spoken_words(segment.text, segment.start, segment.end, segment.words)
        for part in _split(words):
            yield Piece(ordinal, segment.speaker, part)


def _split(words: Sequence[SpokenWord]) -> Iterator[Sequence[SpokenWord]]:
    """Yield the words of a segment. A long segment is cut into parts near sentence ends."""
    while len(words) > LONGEST:
        parts = round(len(words) / WORDS)
        cut = _nearest_end(words, len(words) // max(2, parts))
        yield words[:cut]
        words = words[cut:]
    if words:
        yield words


def _nearest_end(words: Sequence[SpokenWord], target: int) -> int:
    """Return the word count up to a sentence end near *target* words; *target* if none is near."""
    near = range(max(1, target // 2), min(len(words) - 1, LONGEST) + 1)
    ends = [i for i in near if ends_sentence(words[i - 1].text)]
    return min(ends, key=lambda i: abs(i - target), default=target)


def _closes(pending: Sequence[Piece], coming: Piece) -> bool:
    """Return whether the passage of the *pending* pieces should end before *coming*."""
    count = sum(len(piece.words) for piece in pending)
    if count >= WORDS or count + len(coming.words) > LONGEST:
        return True
    # without the piece, the size is closer to the target than with it
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
