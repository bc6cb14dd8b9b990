"""What stands around an answer: quotes, voices, views and counts, in one look at the library."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from library.access import Viewer
from library.holdings import passage_rows
from library.holdings.passage_rows import FoundPassage
from library.searching.found import dates_of, mentees
from library.searching.scope import Filters
from library.store import Transaction
from search.answers import Answer
from search.embed import Embedder
from search.facets import counted
from search.findings import Findings, Order, Quote, View, Voice
from search.moments import Ranked
from search.question import Question
from search.quotes import PASSAGES, Sentence, choose, joined, quote, sentences_of, weigh
from search.voices import Tally, at_length, side_by_side, spoken_by, tally

DEPTH = 100  # passages that are counted
VOICES_DEPTH = 50  # of them, those whose speakers are
WORTH_COMPARING = 0.3  # share of the best sentence's worth that a view must have


def findings(
    db: Transaction,
    asker: tuple[Viewer, Filters],
    answer: Answer,
    question: Question,
    *,
    ranked: tuple[Sequence[Ranked], Sequence[Ranked]],
    embedder: Embedder | None,
    order: Order,
) -> Findings:
    """What stands around an answer; nothing, where nothing was found.

    Args:
        db: a view of the library.
        asker: who asks, and what they narrowed the search to.
        answer: what was found.
        question: what was asked.
        ranked: passages, best first: under the filters, and without them.
        embedder: of the question's vector.
        order: of the answer's sessions.
    """
    if not answer.found:
        return Findings(answer=answer)
    viewer, filters = asker
    narrowed, everything = (items[:DEPTH] for items in ranked)
    here = passage_rows.by_ids(db, viewer, [i.passage_id for i in (*narrowed, *everything)])
    seen = [here[i.passage_id] for i in everything if i.passage_id in here]
    around = Around(db, question, [i for i in narrowed if i.passage_id in here], here, embedder)
    return Findings(
        answer=arranged(answer, order),
        quotes=around.quotes(),
        voices=around.voices(),
        views=around.views(),
        facets=counted(db, viewer, filters, seen),
    )


def arranged(answer: Answer, order: Order) -> Answer:
    """The answer with its sessions in this order; those without a date come last."""
    if order is Order.RELEVANCE:
        return answer
    newest = sorted(answer.sessions, key=lambda s: s.held_on or date.min, reverse=True)
    return replace(answer, sessions=newest)


class Around:
    """The sentences of the best passages, and whose they are."""

    def __init__(
        self,
        db: Transaction,
        question: Question,
        ranked: Sequence[Ranked],
        here: Mapping[int, FoundPassage],
        embedder: Embedder | None,
    ) -> None:
        found = [here[item.passage_id] for item in ranked]
        scores = relative(ranked)
        sessions = {passage.session_id for passage in found}
        self._dates = dates_of(db, sessions)
        asking = mentees(db, sessions)
        self._tallies = tally(found[:VOICES_DEPTH], scores, asking)
        self._pairs = side_by_side(self._tallies)
        self._best = {passage.id for passage in found[:PASSAGES]}
        proofs = [mine.moments[0][1] for mine in self._tallies]
        looked_at = {p.id: p for p in (*found[:PASSAGES], *proofs, *(p for _, p in self._pairs))}
        segments = passage_rows.segments_of(db, list(looked_at.values()))
        self._sources = passage_rows.origins_of(db, list(looked_at.values()))
        self._sentences = {i: sentences_of(p, segments[i]) for i, p in looked_at.items()}
        every = (sentence for found in self._sentences.values() for sentence in found)
        self._weighed = weigh(question, every, scores, embedder)

    def quotes(self) -> list[Quote]:
        """The sentences that answer."""
        return [self._quote([sentence]) for sentence in choose(self._weighed, self._best)]

    def voices(self) -> list[Voice]:
        """Who speaks about it, each with their best moment."""
        shown = []
        for mine in self._tallies:
            proof = self._best_of(mine, mine.moments[0][1])
            if proof is not None:
                shown.append(self._voice(mine, self._quote([proof])))
        return shown

    def views(self) -> list[View]:
        """The best moments of two to four people at some length; none, of fewer."""
        shown = []
        least = WORTH_COMPARING * self._weighed.best
        for mine, passage in self._pairs:
            best = self._best_of(mine, passage)
            if best is not None and self._weighed.worth_of(best) >= least:
                told = self._quote(at_length(best, spoken_by(mine, self._sentences[passage.id])))
                shown.append(View(name=mine.name, person_id=mine.person_id, quote=told))
        return shown if len(shown) > 1 else []

    def _voice(self, mine: Tally, proof: Quote) -> Voice:
        dates = (self._dates.get(session) for session in mine.sessions)
        return Voice(
            name=mine.name,
            person_id=mine.person_id,
            moments=len(mine.moments),
            sessions=len(mine.sessions),
            newest=max(filter(None, dates), default=None),
            proof=proof,
            score=mine.weight,
        )

    def _best_of(self, mine: Tally, passage: FoundPassage) -> Sentence | None:
        """The best of a passage's sentences that are theirs."""
        own = spoken_by(mine, self._sentences[passage.id])
        return max(own, key=self._weighed.worth_of, default=None)

    def _quote(self, sentences: Sequence[Sentence]) -> Quote:
        source = self._sources[sentences[0].passage.source_id]
        return quote(joined(sentences), source, score=self._weighed.worth_of(sentences[0]))


def relative(ranked: Sequence[Ranked]) -> dict[int, float]:
    """The scores of passages by their ids: 1 for the best, 0 for half as much or for the last.

    Of few passages the last is no measure: all of them may be to the point.
    """
    if not ranked:
        return {}
    best, least = ranked[0].score, ranked[0].score / 2
    if len(ranked) >= DEPTH:
        least = max(least, ranked[-1].score)
    return {r.passage_id: max(0.0, (r.score - least) / ((best - least) or 1.0)) for r in ranked}
