"""Passages that speak of the same as a passage: its rarest words and its vector are the question.

Other sessions come first, since whoever reads a passage has the rest of its own session at hand.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer
from library.holdings import passage_rows, passages
from library.holdings.passage_rows import FoundPassage
from library.store import Transaction
from search.dense import stacked
from search.findings import Quote
from search.moments import Ranked
from search.question import Question
from search.quotes import quote, sentences_of, weigh
from search.words import stem, words

Vector = NDArray[np.float32]

SUBJECTS = 12  # words that stand for a passage
DEPTH = 40  # passages that are looked at
NEAR = 0.35  # cosine from which on two passages have to do with each other …
SAME = 0.92  # … and from which on they say the same


def subject(passage: FoundPassage, frequency: Callable[[str], int]) -> str:
    """The rarest words of a passage in their order, names of its speakers left out."""
    names = {word for speaker in passage.speakers for word in words(speaker[1])}
    said = dict.fromkeys(w for w in words(passage.text) if w not in names and stem(w))
    rarest = sorted(said, key=lambda word: frequency(stem(word)))[:SUBJECTS]
    return " ".join(word for word in said if word in rarest)


def related(
    db: Transaction,
    viewer: Viewer,
    passage: FoundPassage,
    question: Question,
    candidates: Sequence[Ranked],
    *,
    model: str,
    limit: int,
) -> list[Quote]:
    """The passages nearest to *passage*, one a session, each by its most telling sentence.

    Args:
        db: a view of the library.
        viewer: who asks; what they may not see is not there.
        passage: what they are to be related to.
        question: its subject.
        candidates: passages that answer that, those of other sessions first.
        model: whose vectors tell how near they are; empty when there is none.
        limit: how many at most.
    """
    ids = [item.passage_id for item in candidates]
    here = passage_rows.by_ids(db, viewer, ids)
    cosines = _cosines(db, passage.id, ids, model)
    near = [here[i] for i in ids if i in here and NEAR <= cosines.get(i, NEAR) < SAME]
    chosen = list(_one_a_session(passage, near))[:limit]
    segments = passage_rows.segments_of(db, chosen)
    sources = passage_rows.origins_of(db, chosen)
    found = []
    for other in chosen:
        sentences = sentences_of(other, segments[other.id])
        weighed = weigh(question, sentences, {other.id: 0.0}, None)
        if weighed.sentences:
            best = max(weighed.sentences, key=weighed.worth_of)
            nearness = cosines.get(other.id, 0.0)
            found.append(quote(best, sources[other.source_id], score=nearness))
    return found


def _cosines(
    db: Transaction, passage_id: int, ids: Sequence[int], model: str
) -> Mapping[int, float]:
    """How near passages are to one of them, where both have vectors."""
    kept = passages.vectors_of(db, [passage_id, *ids], model=model)
    if passage_id not in kept:
        return {}
    others = [i for i in ids if i in kept]
    dimension = len(kept[passage_id]) // 2
    rows = stacked([kept[i] for i in (passage_id, *others)], dimension).astype(np.float32)
    return dict(zip(others, (rows[1:] @ rows[0]).tolist(), strict=True))


def _one_a_session(passage: FoundPassage, found: Sequence[FoundPassage]) -> Iterator[FoundPassage]:
    """The best of each other session; of its own session, whatever does not stand beside it."""
    seen = set()
    for other in found:
        own = other.session_id == passage.session_id
        beside = other.source_id == passage.source_id and abs(other.ordinal - passage.ordinal) < 2
        if beside or other.session_id in seen:
            continue
        if not own:
            seen.add(other.session_id)
        yield other
