"""Findings around an answer: quotes, speakers and facets, from one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from library.access import Viewer
from library.discovery.search_scope import Filters
from library.discovery.session_facts import dates_of, mentees
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction
from search.embedding.embedder import Embedder
from search.ranking.question import Question
from search.ranking.retrieval import RankedPassage
from search.results.expert_finding import SpeakerTally, is_spoken_by, tally
from search.results.facets import counted
from search.results.quotes import (
    PASSAGES,
    Advisers,
    ScoredStretches,
    choose,
    quote,
    score_stretches,
)
from search.results.replied_question import replied_question
from search.results.result_types import Answer, Findings, Order, Quote, SpeakerResult
from search.results.sentences import Sentence, sentences_of, stretches_of

DEPTH = 100  # passages counted in facets
SPEAKERS_DEPTH = 50  # passages counted for speakers


def findings(
    db: Transaction,
    asker: tuple[Viewer, Filters],
    answer: Answer,
    question: Question,
    *,
    ranked: tuple[Sequence[RankedPassage], Sequence[RankedPassage]],
    embedder: Embedder | None,
    order: Order,
) -> Findings:
    """Return *answer* with quotes, speakers and facets.

    It has none of these if nothing that was said answers the question.

    Args:
        db: a transaction.
        asker: the viewer and their filters.
        answer: the answer of the search.
        question: the parsed question.
        ranked: two lists of passages, best first: found with the filters, and without them.
        embedder: embedder of the question's vector.
        order: order of the answer's sessions.
    """
    if not (answer.found and answer.said):
        return Findings(answer=arranged(answer, order))
    viewer, filters = asker
    narrowed, everything = (items[:DEPTH] for items in ranked)
    here = passage_queries.by_ids(db, viewer, [i.passage_id for i in (*narrowed, *everything)])
    seen = [here[i.passage_id] for i in everything if i.passage_id in here]
    around = StretchPool(
        db, question, [i for i in narrowed if i.passage_id in here], here, embedder
    )
    return Findings(
        answer=arranged(answer, order),
        quotes=around.quotes(),
        speakers=around.speakers(),
        facets=counted(db, viewer, filters, seen),
    )


def arranged(answer: Answer, order: Order) -> Answer:
    """Return the answer with its sessions in *order*; sessions without a date come last."""
    if order is Order.RELEVANCE:
        return answer
    newest = sorted(answer.sessions, key=lambda s: s.held_on or date.min, reverse=True)
    return replace(answer, sessions=newest)


class StretchPool:
    """Stretches of the best passages, with their speakers."""

    def __init__(
        self,
        db: Transaction,
        question: Question,
        ranked: Sequence[RankedPassage],
        here: Mapping[int, FoundPassage],
        embedder: Embedder | None,
    ) -> None:
        found = [here[item.passage_id] for item in ranked]
        scores = relative(ranked)
        sessions = {passage.session_id for passage in found}
        self._db = db
        self._dates = dates_of(db, sessions)
        asking = mentees(db, sessions)
        self._tallies = tally(found[:SPEAKERS_DEPTH], scores, asking)
        self._best = {passage.id for passage in found[:PASSAGES]}
        proofs = [mine.moments[0][1] for mine in self._tallies]
        looked_at = {p.id: p for p in (*found[:PASSAGES], *proofs)}
        segments = passage_queries.segments_of(db, list(looked_at.values()))
        self._sources = passage_queries.origins_of(db, list(looked_at.values()))
        advisers = Advisers(
            main_speakers=passage_queries.main_speakers(db, list(self._sources)), mentees=asking
        )
        stretches: dict[bool, list[Sentence]] = {True: [], False: []}  # of the best, of the others
        for i, passage in looked_at.items():
            stretches[i in self._best] += stretches_of(sentences_of(passage, segments[i]))
        self._weighed = score_stretches(question, stretches[True], scores, advisers, embedder)
        self._others = score_stretches(question, stretches[False], scores, advisers, None)

    def quotes(self) -> list[Quote]:
        """Return quotes of the stretches that answer the question, best first."""
        return [self._quote(self._weighed, number) for number in choose(self._weighed)]

    def speakers(self) -> list[SpeakerResult]:
        """Return the people who speak about the subject, each with their best quote."""
        shown = []
        for mine in self._tallies:
            proof = self._proof(mine)
            if proof is not None:
                shown.append(self._speaker(mine, proof))
        return shown

    def _speaker(self, mine: SpeakerTally, proof: Quote) -> SpeakerResult:
        dates = (self._dates.get(session) for session in mine.sessions)
        return SpeakerResult(
            name=mine.name,
            person_id=mine.person_id,
            moments=len(mine.moments),
            sessions=len(mine.sessions),
            newest=max(filter(None, dates), default=None),
            proof=proof,
            score=mine.weight,
        )

    def _proof(self, mine: SpeakerTally) -> Quote | None:
        """Return the speaker's best stretch in their best passage; None without one."""
        passage = mine.moments[0][1]
        pool = self._weighed if passage.id in self._best else self._others
        for number in pool.of_passage(passage.id):
            if is_spoken_by(mine, pool.stretches[number]):
                return self._quote(pool, number)
        return None

    def _quote(self, pool: ScoredStretches, number: int) -> Quote:
        stretch = pool.stretches[number]
        return quote(
            stretch,
            self._sources[stretch.passage.source_id],
            score=float(pool.worth[number]),
            reply_to=replied_question(self._db, stretch),
        )


def relative(ranked: Sequence[RankedPassage]) -> dict[int, float]:
    """Return scores scaled to 0..1 by passage id: 1 is the best, 0 is half the best or less.

    If there are `DEPTH` passages or more, the last one also gets 0, even if its score is more than
    half of the best one. If there are fewer, all may be relevant.
    """
    if not ranked:
        return {}
    best, least = ranked[0].score, ranked[0].score / 2
    if len(ranked) >= DEPTH:
        least = max(least, ranked[-1].score)
    return {r.passage_id: max(0.0, (r.score - least) / ((best - least) or 1.0)) for r in ranked}
