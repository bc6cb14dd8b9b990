"""Moments built from ranked passages: duplicates combined, grouped by session, with snippets."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from library.access import Viewer
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage, Origin, PassageSegment
from library.store import Transaction
from search.ranking.retrieval import RankedPassage
from search.results.result_types import Hit, Repeat, SessionHits
from search.results.snippets import cut_snippet
from search.text.analyzer import stem_set

PER_SESSION = 3
REPEATS = 5  # maximum number of duplicates listed under one moment
DUPLICATE = 0.8  # Jaccard similarity of stems above which passages are duplicates


def moments(
    db: Transaction,
    viewer: Viewer,
    ranked: Sequence[RankedPassage],
    rarity: Mapping[str, float],
    *,
    limit: int,
    per_session: int = PER_SESSION,
    within: float = math.inf,
) -> list[SessionHits]:
    """Return the best moments by session, best session first.

    Args:
        db: a transaction.
        viewer: the viewer; hidden passages are left out.
        ranked: passages, best first.
        rarity: weights of the question's stems.
        limit: maximum number of moments.
        per_session: maximum number of moments of one session.
        within: maximum difference between the scores of a session's best moment and its others.
    """
    found = passage_queries.by_ids(db, viewer, [r.passage_id for r in ranked])
    chosen = _folded(
        ((r, found[r.passage_id]) for r in ranked if r.passage_id in found),
        limit,
        per_session,
        within,
    )
    shown = [moment.passage for moment in chosen]
    repeated = [passage for moment in chosen for passage in moment.repeats]
    segments = passage_queries.segments_of(db, shown)
    origins = passage_queries.origins_of(db, [*shown, *repeated])
    by_session: dict[int, list[Hit]] = {}
    for moment in chosen:
        passage = moment.passage
        source = origins[passage.source_id]
        repeats = [_repeat(other, origins[other.source_id]) for other in moment.repeats]
        hit = _hit(moment, source, repeats, segments[passage.id], rarity)
        by_session.setdefault(passage.session_id, []).append(hit)
    return [_session(origins[hits[0].source_id], hits) for hits in by_session.values()]


@dataclass(frozen=True)
class _Moment:
    """A shown passage, with duplicates: passages of other sessions with nearly the same words."""

    item: RankedPassage
    passage: FoundPassage
    words: frozenset[str]
    repeats: list[FoundPassage] = field(default_factory=list)

    def take(self, other: FoundPassage) -> None:
        """Add a duplicate, unless its session is already listed or the list is full."""
        there = {self.passage.session_id, *(passage.session_id for passage in self.repeats)}
        if other.session_id not in there and len(self.repeats) < REPEATS:
            self.repeats.append(other)


class _Chosen:
    """Moments chosen so far, indexed to find neighbours and duplicates."""

    def __init__(self) -> None:
        self.moments: list[_Moment] = []
        self._taken: set[tuple[int, int]] = set()  # version and ordinal
        self._by_stem: dict[str, list[int]] = {}

    def is_beside(self, passage: FoundPassage) -> bool:
        """Return whether a passage is chosen already or adjacent to a chosen one."""
        beside = {(passage.version_id, passage.ordinal + away) for away in (-1, 0, 1)}
        return not self._taken.isdisjoint(beside)

    def same(self, words: frozenset[str]) -> _Moment | None:
        """Return the first chosen moment with nearly the same words; None without one.

        Prefix filtering compares few pairs (Chaudhuri, Ganti & Kaushik 2006). In a fixed order of
        words, two similar sets share one of their first words.
        """
        known = self._by_stem
        near = {n for stem in _first(words) if stem in known for n in known[stem]}
        for n in sorted(near):
            if _same(words, self.moments[n].words):
                return self.moments[n]
        return None

    def add(self, moment: _Moment) -> None:
        """Add a moment and index it."""
        for stem in _first(moment.words):
            self._by_stem.setdefault(stem, []).append(len(self.moments))
        self._taken.add((moment.passage.version_id, moment.passage.ordinal))
        self.moments.append(moment)


def _folded(
    candidates: Iterable[tuple[RankedPassage, FoundPassage]],
    limit: int,
    per_session: int,
    within: float,
) -> list[_Moment]:
    """Return the best moments without adjacent passages. Duplicates become repeats of a moment."""
    chosen = _Chosen()
    best: dict[int, float] = {}
    count: dict[int, int] = {}
    for item, passage in candidates:
        if chosen.is_beside(passage):
            continue
        if item.score < best.setdefault(passage.session_id, item.score) - within:
            continue
        words = stem_set(passage.text)
        if same := chosen.same(words):
            same.take(passage)
        elif len(chosen.moments) < limit and count.get(passage.session_id, 0) < per_session:
            chosen.add(_Moment(item, passage, words))
            count[passage.session_id] = count.get(passage.session_id, 0) + 1
    return chosen.moments


def _first(words: frozenset[str]) -> list[str]:
    """Return the words that prefix filtering compares: the last ones in alphabetical order.

    Duplicates share at least one of these words.
    """
    return sorted(words, reverse=True)[: int((1 - DUPLICATE) * len(words)) + 1]


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    mine, theirs = len(one), len(other)
    if mine <= DUPLICATE * theirs or theirs <= DUPLICATE * mine:
        return False  # sets of very different size cannot be similar
    common = len(one & other)
    return common > DUPLICATE * (mine + theirs - common)


def _hit(
    moment: _Moment,
    source: Origin,
    repeats: Sequence[Repeat],
    segments: Sequence[PassageSegment],
    rarity: Mapping[str, float],
) -> Hit:
    passage, item = moment.passage, moment.item
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
        repeats=repeats,
    )


def _repeat(passage: FoundPassage, source: Origin) -> Repeat:
    return Repeat(
        passage_id=passage.id,
        session_id=passage.session_id,
        title=source.title,
        source_id=source.source_id,
        kind=source.kind,
        start=passage.start,
        segment=passage.first_segment,
    )


def _session(source: Origin, hits: Sequence[Hit]) -> SessionHits:
    return SessionHits(
        session_id=source.session_id,
        title=source.title,
        held_on=source.held_on,
        form=source.form,
        duration=source.duration,
        hits=hits,
    )
