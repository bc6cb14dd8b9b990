"""Pinned answers, found by a question with the same words or a similar meaning."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer
from library.curation import pinned_answers
from library.discovery.highlights import Quote
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction
from search.embedding.cosine_scale import scale_of
from search.embedding.embedder import Embedder
from search.text.analyzer import stem_set

# Minimum likeness of two questions and minimum share of common stems. The likeness alone confuses
# giving feedback with asking for it (0.91). The limits are high, because a pinned answer to another
# question misleads more than a missing one, and curators can add further wordings. The question
# pairs behind these numbers are described in docs/benchmarks.md.
ALIKE = 0.85
SHARED = 0.5


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """The answer pinned by a curator for a question."""

    question: str  # as pinned by the curator; the viewer's wording may differ
    note: str
    quotes: Sequence[Quote]


def pinned(
    db: Transaction,
    viewer: Viewer,
    question: str,
    embedder: Embedder | None,
    vector: NDArray[np.float32] | None,
) -> Pinned | None:
    """Return the pinned answer to a question; None if there is none visible to *viewer*.

    Args:
        db: a transaction.
        viewer: the person who searches.
        question: the question as typed.
        embedder: embedder of the pinned questions.
        vector: embedding of the question, `(dimension,) float32`.
    """
    for pin_id, text in _candidates(db, question, embedder, vector):
        here = [
            passage
            for passage in pinned_answers.current_passages(db, viewer, pin_id)
            if passage is not None
        ]
        if here:
            return Pinned(
                question=text, note=pinned_answers.note_of(db, pin_id), quotes=_quotes(db, here)
            )
    return None


def shared(one: str, other: str) -> float:
    """Return the Jaccard similarity of the stems of two questions, 0 to 1."""
    mine, theirs = stem_set(one), stem_set(other)
    return len(mine & theirs) / (len(mine | theirs) or 1)


def _candidates(
    db: Transaction, question: str, embedder: Embedder | None, vector: NDArray[np.float32] | None
) -> list[tuple[int, str]]:
    """Return id and question of the pinned answers to similar questions, most similar first."""
    known, folded_question = pinned_answers.questions(db), pinned_answers.folded(question)
    same = [(pin_id, text) for pin_id, text, folded in known if folded == folded_question]
    if same or embedder is None or vector is None or not known or not folded_question:
        return same
    cosines = embedder.embed_questions([text for _, text, _ in known]) @ vector
    likeness = scale_of(embedder).between_questions(cosines).tolist()
    near = sorted(
        (-like, pin_id, text)
        for like, (pin_id, text, _) in zip(likeness, known, strict=True)
        if like >= ALIKE and shared(question, text) >= SHARED
    )
    return [(pin_id, text) for _, pin_id, text in near]


def _quotes(db: Transaction, found: Sequence[FoundPassage]) -> list[Quote]:
    origins = passage_queries.origins_of(db, found)
    segments_of_passage = passage_queries.segments_of(db, found)
    quotes = []
    for passage in found:
        source, segments = origins[passage.source_id], segments_of_passage[passage.id]
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
