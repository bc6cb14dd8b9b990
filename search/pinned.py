"""Pinned answers for a question: asked in the same words, or close to them by meaning."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.access import Viewer
from library.curating import pins
from library.editing.heard import Quote
from library.holdings import passage_rows
from library.holdings.passage_rows import FoundPassage
from library.store import Transaction
from search.embed import Embedder
from search.words import stem_set

# Cosine of two questions by the sentence model, and how much of the words of both they share: the
# cosine alone takes giving feedback for asking for it (0.91). High on purpose: a curator's answer
# to another question misleads more than a missing one, and further ways of asking can be written
# down. What pairs of questions are behind the numbers: `benchmarks.pins`.
ALIKE = 0.85
SHARED = 0.5


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """What a curator chose for a question."""

    question: str  # the pinned one, which may have been asked in other words
    note: str
    quotes: Sequence[Quote]


def pinned(
    db: Transaction, viewer: Viewer, question: str, embedder: Embedder | None
) -> Pinned | None:
    """The pinned answer to a question, of what *viewer* may see; None where there is none."""
    for pin_id, text in _candidates(db, question, embedder):
        here = [passage for passage in pins.standing(db, viewer, pin_id) if passage is not None]
        if here:
            return Pinned(question=text, note=pins.note_of(db, pin_id), quotes=_quotes(db, here))
    return None


def shared(one: str, other: str) -> float:
    """How much of the words of two questions is in both, 0 to 1 (Jaccard, of their stems)."""
    mine, theirs = stem_set(one), stem_set(other)
    return len(mine & theirs) / (len(mine | theirs) or 1)


def _candidates(db: Transaction, question: str, embedder: Embedder | None) -> list[tuple[int, str]]:
    """Pins whose question is asked alike, the nearest first."""
    known, asked = pins.questions(db), pins.folded(question)
    same = [(pin_id, text) for pin_id, text, folded in known if folded == asked]
    if same or embedder is None or not known or not asked:
        return same
    vectors = embedder.embed([question, *(text for _, text, _ in known)])
    likeness = vectors[1:] @ vectors[0]
    near = sorted(
        (-float(cosine), pin_id, text)
        for cosine, (pin_id, text, _) in zip(likeness, known, strict=True)
        if cosine >= ALIKE and shared(question, text) >= SHARED
    )
    return [(pin_id, text) for _, pin_id, text in near]


def _quotes(db: Transaction, found: Sequence[FoundPassage]) -> list[Quote]:
    origins = passage_rows.origins_of(db, found)
    said = passage_rows.segments_of(db, found)
    quotes = []
    for passage in found:
        source, segments = origins[passage.source_id], said[passage.id]
        first = segments[0]
        quotes.append(
            Quote(
                session_id=passage.session_id,
                source_id=passage.source_id,
                title=source.title,
                held_on=source.held_on,
                kind=source.kind,
                segment=first.ordinal,
                start=first.start,
                end=segments[-1].end,
                speaker=first.speaker,
                person_id=first.person_id,
                text=" ".join(segment.text.strip() for segment in segments),
            )
        )
    return quotes
