"""Entry point of search: ranking, results, suggestions, topic map."""

import time
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer, note_found
from library.curation import freshness
from library.discovery import search_scope, session_facts
from library.discovery.search_scope import Filters
from library.sessions import passages, read_models
from library.store import Library, Transaction
from library.translation import gettext
from search.embedding.cached_embedder import CachedEmbedder
from search.embedding.embedder import Embedder
from search.forget import forget as forget_passages
from search.index.active_model import ModelSwitch
from search.index.lexicon import Vocabulary, dictionary
from search.index.session_texts import LiveTexts
from search.index.snapshot import Snapshot
from search.overview.gaps import Gaps, gaps
from search.overview.topic_map import MapLevel, TopicMap, ViewContext
from search.ranking.asked_question import AskedQuestion, read_operators
from search.ranking.reranking import PassageScorer, rerank
from search.ranking.retrieval import Ranking, SearchContext, retrieve
from search.results import answer_panels, generation, related
from search.results.answer import SPARE, answer_of
from search.results.described_sessions import add_described
from search.results.hypothetical import HypotheticalAnswers, widened
from search.results.pinned import pinned
from search.results.repair import SuggestContext, repair
from search.results.result_types import (
    Answer,
    Findings,
    GeneratedAnswer,
    Order,
    Quote,
    Suggestions,
    answer_sessions,
    findings_sessions,
    suggestion_sessions,
)
from search.results.suggest import suggestions
from search.topics.query_topics import TopicNames


class Engine:
    """Thread-safe search engine of one library. It reads database changes by itself."""

    def __init__(
        self, library: Library, embedder: Embedder | None, scorer: PassageScorer | None = None
    ) -> None:
        self._library = library
        library.forget_passages = partial(forget_passages, library.settings)
        self._switch = ModelSwitch(library, embedder)
        self._vocabulary = Vocabulary()
        self._sentences: CachedEmbedder | None = None
        self._landscapes = TopicMap(library.settings)
        self._topics = TopicNames()
        self._texts = LiveTexts(library)
        self._scorer = scorer
        self._hypothetical = HypotheticalAnswers(library.settings, embedded=embedder is not None)

    def embedder(self) -> Embedder | None:
        """Return the embedder that is in use; None if search is lexical only."""
        with self._library.reading() as db:
            return self._switch.current(db).embedder

    def search(
        self,
        question: str,
        viewer: Viewer,
        *,
        filters: Filters | None = None,
        limit: int = 20,
        widen: bool = False,
    ) -> Answer:
        """Return the sessions and moments that answer *question*, among those visible to *viewer*.

        Args:
            question: the question as typed, with its operators.
            viewer: the person who searches.
            filters: filters set by the viewer.
            limit: maximum number of moments.
            widen: also use a hypothetical answer, if the settings allow it.
        """
        began = time.perf_counter()
        hypothetical = self._hypothetical.of(question, viewer) if widen else ""
        with self._library.reading() as db:
            asked = self._read(db, question, viewer, filters)
            ranking = self._rank(
                db, asked.text, (viewer, asked.filters), SPARE * limit, hypothetical=hypothetical
            )
            ranking = rerank(db, viewer, ranking, self._scorer)
            answer = self._answer(db, ranking, asked, limit, began)
            note_found(db, viewer, answer_sessions(answer))
            return answer

    def explore(
        self,
        question: str,
        viewer: Viewer,
        *,
        filters: Filters | None = None,
        limit: int = 20,
        order: Order = Order.RELEVANCE,
        for_page: bool = False,
    ) -> Findings:
        """Return the whole content of a page of results, read in one database transaction.

        Args:
            question: the question as typed, with its operators.
            viewer: the person who searches.
            filters: filters set by the viewer.
            limit: maximum number of moments.
            order: order of the sessions in the answer.
            for_page: also return the pinned answer and the sessions that are out of date. Only
                the page shows them.
        """
        began = time.perf_counter()
        hypothetical = self._hypothetical.of(question, viewer)
        with self._library.reading() as db:
            asked = self._read(db, question, viewer, filters)
            asker = (viewer, asked.filters)
            depth = max(SPARE * limit, answer_panels.DEPTH)
            wide = narrow = self._rank(db, asked.text, asker, depth, hypothetical=hypothetical)
            if asked.is_narrowed:
                wide = self._rank(
                    db,
                    asked.text,
                    (viewer, asked.unfiltered),
                    depth,
                    vector=narrow.question.vector,
                    hypothetical=hypothetical,
                )
            narrow = rerank(db, viewer, narrow, self._scorer)
            answer = self._answer(db, narrow, asked, limit, began)
            embedder = self._remembering(self._switch.current(db).embedder)
            around = answer_panels.findings(
                db,
                asker,
                answer,
                narrow.question,
                ranked=(narrow.passages, wide.passages),
                embedder=embedder,
                order=order,
            )
            note_found(db, viewer, findings_sessions(around))
            if for_page:
                around = replace(
                    around,
                    pinned=pinned(db, viewer, asked.text, embedder, narrow.question.vector),
                    languages=() if answer.found else session_facts.languages(db, viewer),
                    stale=freshness.marks(db, viewer, [s.session_id for s in answer.sessions]),
                )
            return replace(
                around,
                topics=self._topics.asked(db, viewer, asked.text),
                instead=asked.with_operators(repair(self._look(db, viewer), asked.text)),
                operators=asked.operators,
                weak=narrow.is_weak and not asked.is_literal,
                model=embedder.model if embedder else "",
                vector=narrow.question.vector,
            )

    def suggest(self, typed: str, viewer: Viewer, *, limit: int = 8) -> Suggestions:
        """Return completions and spelling corrections of *typed*, from text visible to *viewer*."""
        with self._library.reading() as db:
            found = suggestions(self._look(db, viewer), typed, limit=limit)
            note_found(db, viewer, suggestion_sessions(db, viewer, found))
            return found

    def related(self, passage_id: int, viewer: Viewer, *, limit: int = 6) -> list[Quote]:
        """Return quotes about the subject of a passage: other sessions first, then its own session.

        Raises:
            NotFoundError: the passage does not exist any more, or *viewer* may not see it.
        """
        with self._library.reading() as db:
            passage = read_models.passage_for_address(db, viewer, passage_id)
            serving = self._switch.current(db)
            model = serving.embedder.model if serving.embedder else ""
            text = related.subject(passage, serving.index.current(db).frequency)
            own = passages.vectors_of(db, [passage.id], model=model).get(passage.id)
            vector = np.frombuffer(own, dtype="<f2").astype(np.float32) if own else None
            elsewhere = Filters(leave_out=(passage.session_id,))
            ranking = self._rank(db, text, (viewer, elsewhere), related.DEPTH, vector=vector)
            here = Filters(session_id=passage.session_id)
            beside = self._rank(db, text, (viewer, here), related.DEPTH, vector=vector)
            found = related.related(
                db,
                viewer,
                passage,
                ranking.question,
                [*ranking.passages, *beside.passages],
                embedder=serving.embedder,
                limit=limit,
            )
            note_found(db, viewer, {quote.session_id for quote in found})
            return found

    def write(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None
    ) -> GeneratedAnswer:
        """Return an answer that the configured language model wrote.

        A guest gets no answer, only the reason: they must sign in.
        """
        if not viewer.is_member:
            return GeneratedAnswer(reason=gettext("Sign in to have an answer written."))
        answer = self.search(
            question, viewer, filters=filters, limit=generation.PASSAGES, widen=True
        )
        with self._library.reading() as db:
            embedder = self._switch.current(db).embedder
            text = self._read(db, question, viewer, filters).text
        plain = replace(answer, question=text or question)
        return generation.write(self._library.settings, plain, embedder)

    def rank(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, depth: int = 100
    ) -> Ranking:
        """Return the *depth* best passages for a question, with adjacent and duplicate passages.

        The question is plain text: operators have no meaning here.
        """
        with self._library.reading() as db:
            ranking = self._rank(db, question, (viewer, filters or Filters()), depth)
            return rerank(db, viewer, ranking, self._scorer)

    def landscape(self, viewer: Viewer, path: tuple[int, ...] = ()) -> MapLevel | None:
        """Return the level of the topic map at *path*; None if there are no vectors.

        The path consists of group numbers from the top level on.

        Raises:
            NotFoundError: no group at *path* is visible to *viewer*.
        """
        with self._library.reading() as db:
            serving = self._switch.current(db)
            if serving.embedder is None:
                return None
            sources = np.array(search_scope.sources_in(db, viewer, Filters()), dtype=np.int64)
            now = serving.index.current(db)
            return self._landscapes.look(
                db, ViewContext(viewer, now, sources, serving.embedder.model), path
            )

    def draw_map(self) -> None:
        """Rebuild the topic map. The worker calls this when a page has requested a newer map."""
        with self._library.reading() as db:
            serving = self._switch.current(db)
            if serving.embedder is not None:
                self._landscapes.draw(serving.index.current(db), serving.embedder.model)

    def gaps(self, viewer: Viewer) -> Gaps:
        """Return the unanswered questions of the library; none if it does not count them.

        Raises:
            NotAllowedError: *viewer* is not signed in.
        """
        with self._library.reading() as db:
            embedder = self._switch.current(db).embedder
            return gaps(db, viewer, self._remembering(embedder))

    def snapshot(self, db: Transaction) -> Snapshot:
        """Return the index snapshot with all passages of *db*. Blocks until they are indexed."""
        return self._switch.current(db).index.whole(db)

    def _remembering(self, embedder: Embedder | None) -> Embedder | None:
        """Return *embedder* with a cache for the vectors of sentences; None without an embedder."""
        if embedder is None:
            return None
        if self._sentences is None or self._sentences.model != embedder.model:
            self._sentences = CachedEmbedder(embedder)
        return self._sentences

    def _look(self, db: Transaction, viewer: Viewer) -> SuggestContext:
        serving = self._switch.current(db)
        snapshot = serving.index.current(db)
        sources = np.array(search_scope.sources_in(db, viewer, Filters()), dtype=np.int64)
        words = self._vocabulary.of(snapshot.segments)
        known = dictionary(serving.embedder.words if serving.embedder else frozenset())
        return SuggestContext(db, viewer, snapshot.scope(sources), words, known)

    def _answer(
        self, db: Transaction, ranking: Ranking, asked: AskedQuestion, limit: int, began: float
    ) -> Answer:
        topics = self._topics.asked(db, asked.viewer, asked.text)
        said = answer_of(db, ranking, asked, limit)
        answer = add_described(db, self._texts.current(db), asked, topics, said)
        return replace(answer, seconds=time.perf_counter() - began)

    def _read(
        self, db: Transaction, question: str, viewer: Viewer, filters: Filters | None
    ) -> AskedQuestion:
        snapshot = self._switch.current(db).index.current(db)
        return read_operators(db, viewer, snapshot, question, filters or Filters())

    def _rank(
        self,
        db: Transaction,
        text: str,
        asker: SearchContext,
        depth: int,
        *,
        vector: NDArray[np.float32] | None = None,
        hypothetical: str = "",
    ) -> Ranking:
        serving = self._switch.current(db)
        ranked = partial(retrieve, db, serving, self._vocabulary, text, asker, depth=depth)
        embedder = self._remembering(serving.embedder) if hypothetical else None
        return widened(ranked, ranked(vector=vector), embedder, hypothetical)
