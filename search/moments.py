"""Ranked passages become moments: folded, grouped by session, with their snippets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from library.access import Viewer
from library.holdings import passage_rows
from library.holdings.passage_rows import FoundPassage, Origin, Said
from library.store import Transaction
from search.answers import Hit, Repeat, SessionHits
from search.snippets import cut_snippet
from search.words import stem_set

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
    found = passage_rows.by_ids(db, viewer, [r.passage_id for r in ranked])
    chosen = _folded(
        ((r, found[r.passage_id]) for r in ranked if r.passage_id in found), limit, per_session
    )
    shown = [moment.passage for moment in chosen]
    repeated = [passage for moment in chosen for passage in moment.repeats]
    segments = passage_rows.segments_of(db, shown)
    origins = passage_rows.origins_of(db, [*shown, *repeated])
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
    """A passage that is shown, with those of other sessions that say the same."""

    item: Ranked
    passage: FoundPassage
    words: frozenset[str]
    repeats: list[FoundPassage] = field(default_factory=list)

    def take(self, other: FoundPassage) -> None:
        """Fold a passage that says the same under this one, unless its session is there."""
        there = {self.passage.session_id, *(passage.session_id for passage in self.repeats)}
        if other.session_id not in there and len(self.repeats) < REPEATS:
            self.repeats.append(other)


class _Chosen:
    """The moments that were chosen so far, and which of them a passage would repeat."""

    def __init__(self) -> None:
        self.moments: list[_Moment] = []
        self._taken: set[tuple[int, int]] = set()  # version and ordinal
        self._by_stem: dict[str, list[int]] = {}

    def is_beside(self, passage: FoundPassage) -> bool:
        """Whether it stands beside one of them, or is one."""
        beside = {(passage.version_id, passage.ordinal + away) for away in (-1, 0, 1)}
        return not self._taken.isdisjoint(beside)

    def same(self, words: frozenset[str]) -> _Moment | None:
        """The first that says the same.

        Two sets that have so much in common share one of the few first words of either, in any
        order that both follow (Chaudhuri, Ganti & Kaushik 2006), so few need to be compared.
        """
        known = self._by_stem
        near = {n for stem in _first(words) if stem in known for n in known[stem]}
        for n in sorted(near):
            if _same(words, self.moments[n].words):
                return self.moments[n]
        return None

    def add(self, moment: _Moment) -> None:
        """Choose one more."""
        for stem in _first(moment.words):
            self._by_stem.setdefault(stem, []).append(len(self.moments))
        self._taken.add((moment.passage.version_id, moment.passage.ordinal))
        self.moments.append(moment)


def _folded(
    candidates: Iterable[tuple[Ranked, FoundPassage]], limit: int, per_session: int
) -> list[_Moment]:
    """The best that say something of their own: no neighbours, no repetitions, few a session."""
    chosen = _Chosen()
    count: dict[int, int] = {}
    for item, passage in candidates:
        if chosen.is_beside(passage):
            continue
        words = stem_set(passage.text)
        if same := chosen.same(words):
            same.take(passage)
        elif len(chosen.moments) < limit and count.get(passage.session_id, 0) < per_session:
            chosen.add(_Moment(item, passage, words))
            count[passage.session_id] = count.get(passage.session_id, 0) + 1
    return chosen.moments


def _first(words: frozenset[str]) -> list[str]:
    """So many of the words, from Z to A, that no repetition can be without all of them."""
    return sorted(words, reverse=True)[: int((1 - DUPLICATE) * len(words)) + 1]


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    mine, theirs = len(one), len(other)
    if mine <= DUPLICATE * theirs or theirs <= DUPLICATE * mine:
        return False  # sets of too different a size need not be compared
    common = len(one & other)
    return common > DUPLICATE * (mine + theirs - common)


def _hit(
    moment: _Moment,
    source: Origin,
    repeats: Sequence[Repeat],
    segments: Sequence[Said],
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
