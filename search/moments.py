"""Ranked passages become moments: folded, grouped by session, with their snippets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from library import passages
from library.access import Viewer
from library.models import Passage, Segment, Source
from library.store import Transaction
from search.answers import Hit, SessionHits
from search.snippets import cut_snippet
from search.words import stems

PER_SESSION = 3
DUPLICATE = 0.8  # share of stems in common from which on two passages say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A passage with its score."""

    passage_id: int
    score: float
    parts: Mapping[str, float]


def moments(
    db: Transaction,
    viewer: Viewer,
    ranked: Sequence[Ranked],
    rarity: Mapping[str, float],
    *,
    limit: int,
    per_session: int = PER_SESSION,
) -> list[SessionHits]:
    """The best moments, by session, best session first.

    Args:
        db: a view of the library.
        viewer: who asks; what they may not see is not there.
        ranked: passages, best first.
        rarity: the weights of the question's stems.
        limit: how many moments at most.
        per_session: how many of them from one session.
    """
    found = passages.by_ids(db, viewer, [r.passage_id for r in ranked])
    chosen = _folded(
        ((r, found[r.passage_id]) for r in ranked if r.passage_id in found), limit, per_session
    )
    shown = [passage for _, passage in chosen]
    segments = passages.segments_of(db, shown)
    sources = passages.places_of(db, shown)
    by_session: dict[int, list[Hit]] = {}
    for item, passage in chosen:
        source = sources[passage.source_id]
        hit = _hit(item, passage, source, segments[passage.id], rarity)
        by_session.setdefault(passage.session_id, []).append(hit)
    return [_session(sources[hits[0].source_id], hits) for hits in by_session.values()]


def _folded(
    candidates: Iterable[tuple[Ranked, Passage]], limit: int, per_session: int
) -> list[tuple[Ranked, Passage]]:
    """The best that say something of their own: no neighbours, no repetitions, few a session."""
    chosen: list[tuple[Ranked, Passage]] = []
    words: list[frozenset[str]] = []
    count: dict[int, int] = {}
    for item, passage in candidates:
        if len(chosen) == limit:
            break
        if count.get(passage.session_id, 0) == per_session:
            continue
        if any(_adjacent(passage, other) for _, other in chosen):
            continue
        mine = frozenset(stems(passage.text))
        if any(_same(mine, other) for other in words):
            continue
        chosen.append((item, passage))
        words.append(mine)
        count[passage.session_id] = count.get(passage.session_id, 0) + 1
    return chosen


def _adjacent(one: Passage, other: Passage) -> bool:
    return one.version_id == other.version_id and abs(one.ordinal - other.ordinal) <= 1


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) > DUPLICATE * len(one | other)


def _hit(
    item: Ranked,
    passage: Passage,
    source: Source,
    segments: Sequence[Segment],
    rarity: Mapping[str, float],
) -> Hit:
    snippet = cut_snippet(passage, segments, rarity)
    first = snippet.first if snippet else None
    return Hit(
        passage_id=passage.id,
        session_id=passage.session_id,
        source_id=passage.source_id,
        kind=source.kind,
        start=first.start if first else passage.start,
        end=passage.end,
        segment=first.segment if first else passage.first_segment,
        speaker=first.speaker if first else "",
        person_id=first.person_id if first else None,
        snippet=snippet.fragments if snippet else (),
        text=passage.text,
        score=item.score,
        parts=item.parts,
    )


def _session(source: Source, hits: Sequence[Hit]) -> SessionHits:
    session = source.session
    return SessionHits(
        session_id=session.id,
        title=session.title,
        held_on=session.held_on,
        form=session.form,
        duration=source.duration,
        hits=hits,
    )
