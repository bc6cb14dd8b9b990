"""Ranked passages become moments: folded, grouped by session, with their snippets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from library import passages
from library.access import Viewer
from library.models import Passage, Source
from library.passages import Said
from library.store import Transaction
from search.answers import Hit, Repeat, SessionHits
from search.snippets import cut_snippet
from search.words import stems

PER_SESSION = 3
REPEATS = 5  # that are folded under one moment
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
    shown = [moment.passage for moment in chosen]
    repeated = [passage for moment in chosen for passage in moment.repeats]
    segments = passages.segments_of(db, shown)
    sources = passages.places_of(db, [*shown, *repeated])
    by_session: dict[int, list[Hit]] = {}
    for moment in chosen:
        passage = moment.passage
        source = sources[passage.source_id]
        hit = _hit(moment.item, passage, source, segments[passage.id], rarity)
        repeats = [_repeat(other, sources[other.source_id]) for other in moment.repeats]
        by_session.setdefault(passage.session_id, []).append(replace(hit, repeats=repeats))
    return [_session(sources[hits[0].source_id], hits) for hits in by_session.values()]


@dataclass(frozen=True)
class _Moment:
    """A passage that is shown, with those of other sessions that say the same."""

    item: Ranked
    passage: Passage
    words: frozenset[str]
    repeats: list[Passage] = field(default_factory=list)

    def take(self, other: Passage) -> None:
        """Fold a passage that says the same under this one, unless its session is there."""
        there = {self.passage.session_id, *(passage.session_id for passage in self.repeats)}
        if other.session_id not in there and len(self.repeats) < REPEATS:
            self.repeats.append(other)


def _folded(
    candidates: Iterable[tuple[Ranked, Passage]], limit: int, per_session: int
) -> list[_Moment]:
    """The best that say something of their own: no neighbours, no repetitions, few a session."""
    chosen: list[_Moment] = []
    count: dict[int, int] = {}
    for item, passage in candidates:
        if any(_adjacent(passage, moment.passage) for moment in chosen):
            continue
        words = frozenset(stems(passage.text))
        if same := next((moment for moment in chosen if _same(words, moment.words)), None):
            same.take(passage)
        elif len(chosen) < limit and count.get(passage.session_id, 0) < per_session:
            chosen.append(_Moment(item, passage, words))
            count[passage.session_id] = count.get(passage.session_id, 0) + 1
    return chosen


def _adjacent(one: Passage, other: Passage) -> bool:
    return one.version_id == other.version_id and abs(one.ordinal - other.ordinal) <= 1


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    shorter, longer = sorted((len(one), len(other)))
    # Sets of too different a size need not be compared.
    return shorter > DUPLICATE * longer and len(one & other) > DUPLICATE * len(one | other)


def _hit(
    item: Ranked,
    passage: Passage,
    source: Source,
    segments: Sequence[Said],
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


def _repeat(passage: Passage, source: Source) -> Repeat:
    return Repeat(
        passage_id=passage.id,
        session_id=passage.session_id,
        title=source.session.title,
        source_id=source.id,
        kind=source.kind,
        start=passage.start,
        segment=passage.first_segment,
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
