"""Related passages: found with the rarest words and the vector of a passage as the query.

Other sessions come first, because the viewer already knows the session of the passage.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from library.access import Viewer
from library.sessions import passage_queries, passages
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction
from search.embedding.cosine_scale import scale_of
from search.embedding.embedder import Embedder
from search.index.dense import from_bytes
from search.ranking.question import Question
from search.ranking.retrieval import RankedPassage
from search.results.quotes import quote, score_stretches
from search.results.result_types import Quote
from search.results.sentences import sentences_of, stretches_of
from search.text.analyzer import stem, words

SUBJECTS = 12  # words that represent a passage
DEPTH = 40  # passages considered
NEAR = 0.25  # likeness from which on two passages are related …
SAME = 0.91  # … and from which on they are duplicates


def subject(passage: FoundPassage, frequency: Callable[[str], int]) -> str:
    """Return the rarest words of a passage in order, joined by spaces, without speaker names."""
    language = passage.language
    names = {word for speaker in passage.speakers for word in words(speaker[1])}
    distinct = dict.fromkeys(w for w in words(passage.text) if w not in names and stem(w, language))
    rarest = sorted(distinct, key=lambda word: frequency(stem(word, language)))[:SUBJECTS]
    return " ".join(word for word in distinct if word in rarest)


def related(
    db: Transaction,
    viewer: Viewer,
    passage: FoundPassage,
    question: Question,
    candidates: Sequence[RankedPassage],
    *,
    embedder: Embedder | None,
    limit: int,
) -> list[Quote]:
    """Return the passages nearest to *passage*, each as its most informative sentences.

    Each other session appears at most once.

    Args:
        db: a transaction.
        viewer: the viewer; hidden passages are left out.
        passage: the passage to relate to.
        question: parsed question of the passage's rarest words.
        candidates: passages found for this question, other sessions first.
        embedder: embedder of the stored vectors; None without one.
        limit: maximum number of quotes.
    """
    ids = [item.passage_id for item in candidates]
    here = passage_queries.by_ids(db, viewer, ids)
    likeness = _likeness(db, passage.id, ids, embedder)
    near = [here[i] for i in ids if i in here and NEAR <= likeness.get(i, NEAR) < SAME]
    chosen = list(_one_a_session(passage, near))[:limit]
    segments = passage_queries.segments_of(db, chosen)
    sources = passage_queries.origins_of(db, chosen)
    found = []
    for other in chosen:
        sentences = sentences_of(other, segments[other.id])
        stretches = list(stretches_of(sentences)) or sentences  # a short passage has no stretch
        weighed = score_stretches(question, stretches, {other.id: 0.0}, None, None)
        for best in weighed.of_passage(other.id)[:1]:
            score = likeness.get(other.id, 0.0)
            found.append(quote(weighed.stretches[best], sources[other.source_id], score=score))
    return found


def _likeness(
    db: Transaction, passage_id: int, ids: Sequence[int], embedder: Embedder | None
) -> Mapping[int, float]:
    """Return the likeness of each passage in *ids* and *passage_id*, if both have vectors."""
    if embedder is None:
        return {}
    stored = passages.vectors_of(db, [passage_id, *ids], model=embedder.model)
    if passage_id not in stored:
        return {}
    others = [i for i in ids if i in stored]
    vectors = [stored[i] for i in (passage_id, *others)]
    rows = from_bytes(vectors, embedder.dimension).astype(np.float32)
    likeness = scale_of(embedder).between_passages(rows[1:] @ rows[0])
    return dict(zip(others, likeness.tolist(), strict=True))


def _one_a_session(passage: FoundPassage, found: Sequence[FoundPassage]) -> Iterator[FoundPassage]:
    """Yield the passages to quote: only the best one of each session other than that of *passage*.

    All passages of its own session are yielded, except itself and those next to it.
    """
    used_sessions = set()
    for other in found:
        own = other.session_id == passage.session_id
        beside = other.source_id == passage.source_id and abs(other.ordinal - passage.ordinal) < 2
        if beside or other.session_id in used_sessions:
            continue
        if not own:
            used_sessions.add(other.session_id)
        yield other
