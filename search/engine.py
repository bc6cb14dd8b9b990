"""A question becomes an answer."""

import logging
import time
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer, note_found
from library.holdings import passages, reading, sessions
from library.searching import scope
from library.searching.scope import Filters
from library.store import Library, Transaction
from search import explore, kept, related, written
from search.answers import Answer
from search.embed import Embedder
from search.findings import Findings, Order, Quote, Suggestions, Written
from search.gaps import Gaps, gaps
from search.landscape import Landscape, Landscapes, Sight
from search.moments import PER_SESSION, moments
from search.pinned import Pinned, pinned
from search.remembering import RememberingEmbedder
from search.retrieval import Asker, Ranking, retrieved
from search.serving import Switch
from search.shown import shown_beside, shown_of, shown_while_typing
from search.snapshot import Snapshot
from search.suggest import Look, repair, suggestions
from search.topics_asked import TopicNames
from search.vocabulary import Vocabulary, dictionary

logger = logging.getLogger(__name__)

SPARE = 4  # passages that are ranked for each moment that is shown: neighbours are folded


class Engine:
    """Searches a library; follows its changes by itself; serves any number of threads."""

    def __init__(self, library: Library, embedder: Embedder | None) -> None:
        self._library = library
        library.forget_passages = partial(kept.forget, library.settings)
        self._switch = Switch(library, embedder)
        self._vocabulary = Vocabulary()
        self._sentences: RememberingEmbedder | None = None
        self._landscapes = Landscapes(library.settings)
        self._topics = TopicNames()

    def embedder(self) -> Embedder | None:
        """What questions and passages are embedded with now; None: the words alone are searched."""
        with self._library.reading() as db:
            return self._switch.current(db).embedder

    def search(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, limit: int = 20
    ) -> Answer:
        """The sessions and moments that answer *question*, among what *viewer* may see.

        Args:
            question: in the asker's own words.
            viewer: who asks.
            filters: what they narrowed the search to.
            limit: how many moments at most.
        """
        began = time.perf_counter()
        asker = (viewer, filters or Filters())
        with self._library.reading() as db:
            ranking = self._rank(db, question, asker, SPARE * limit)
            answer = self._answer(db, ranking, asker, limit, began)
            note_found(db, viewer, shown_of(answer))
            return answer

    def explore(
        self,
        question: str,
        viewer: Viewer,
        *,
        filters: Filters | None = None,
        limit: int = 20,
        order: Order = Order.RELEVANCE,
    ) -> Findings:
        """The answer to *question* with quotes, speakers, their views, counts and repairs.

        Args:
            question: in the asker's own words.
            viewer: who asks.
            filters: what they narrowed the search to.
            limit: how many moments at most.
            order: of the sessions in the answer.
        """
        began = time.perf_counter()
        asker = (viewer, filters or Filters())
        with self._library.reading() as db:
            depth = max(SPARE * limit, explore.DEPTH)
            wide = narrow = self._rank(db, question, asker, depth)
            if asker[1].any:
                wide = self._rank(db, question, (viewer, Filters()), depth)
            around = explore.findings(
                db,
                asker,
                self._answer(db, narrow, asker, limit, began),
                narrow.question,
                ranked=(narrow.passages, wide.passages),
                embedder=self._remembering(self._switch.current(db).embedder),
                order=order,
            )
            note_found(db, viewer, shown_beside(around))
            return replace(
                around,
                topics=self._topics.asked(db, viewer, question),
                instead=repair(self._look(db, viewer), question),
            )

    def suggest(self, typed: str, viewer: Viewer, *, limit: int = 8) -> Suggestions:
        """What the words typed so far may become, of what *viewer* may see."""
        with self._library.reading() as db:
            found = suggestions(self._look(db, viewer), typed, limit=limit)
            note_found(db, viewer, shown_while_typing(db, viewer, found))
            return found

    def related(self, passage_id: int, viewer: Viewer, *, limit: int = 6) -> list[Quote]:
        """What others, or the same people elsewhere, said of the subject of a passage.

        Raises:
            NotFoundError: the passage is gone, or *viewer* may not see it.
        """
        with self._library.reading() as db:
            passage = reading.place_of(db, viewer, passage_id)
            serving = self._switch.current(db)
            model = serving.embedder.model if serving.embedder else ""
            text = related.subject(passage, serving.index.current(db).frequency)
            own = passages.vectors_of(db, [passage.id], model=model).get(passage.id)
            vector = np.frombuffer(own, dtype="<f2").astype(np.float32) if own else None
            elsewhere = Filters(leave_out=(passage.session_id,))
            ranking = self._rank(db, text, (viewer, elsewhere), related.DEPTH, vector)
            here = Filters(session_id=passage.session_id)
            beside = self._rank(db, text, (viewer, here), related.DEPTH, vector)
            found = related.related(
                db,
                viewer,
                passage,
                ranking.question,
                [*ranking.passages, *beside.passages],
                model=model,
                limit=limit,
            )
            note_found(db, viewer, {quote.session_id for quote in found})
            return found

    def pinned(self, question: str, viewer: Viewer) -> Pinned | None:
        """What a curator chose for a question, of what *viewer* may see."""
        with self._library.reading() as db:
            embedder = self._remembering(self._switch.current(db).embedder)
            return pinned(db, viewer, question, embedder)

    def write(self, question: str, viewer: Viewer, *, filters: Filters | None = None) -> Written:
        """An answer in whole sentences, where a language model is set up; for members only."""
        if not viewer.is_member:
            return Written(reason="Sign in to have an answer written.")
        answer = self.search(question, viewer, filters=filters, limit=written.PASSAGES)
        with self._library.reading() as db:
            embedder = self._switch.current(db).embedder
        return written.write(self._library.settings, answer, embedder)

    def rank(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, depth: int = 100
    ) -> Ranking:
        """The *depth* best passages for a question, before anything is folded or cut."""
        with self._library.reading() as db:
            return self._rank(db, question, (viewer, filters or Filters()), depth)

    def landscape(self, viewer: Viewer, path: tuple[int, ...] = ()) -> Landscape | None:
        """The map of the passages as *viewer* sees it from *path*; None while there are no vectors.

        Raises:
            NotFoundError: there is no such group among what *viewer* may see.
        """
        with self._library.reading() as db:
            serving = self._switch.current(db)
            if serving.embedder is None:
                return None
            sources = np.array(scope.sources_in(db, viewer, Filters()), dtype=np.int64)
            now = serving.index.current(db)
            return self._landscapes.look(
                db, Sight(viewer, now, sources, serving.embedder.model), path
            )

    def draw_map(self) -> None:
        """Draw the map of all passages anew; the worker does, at the wish of who looks at it."""
        with self._library.reading() as db:
            serving = self._switch.current(db)
            if serving.embedder is not None:
                self._landscapes.draw(serving.index.current(db), serving.embedder.model)

    def gaps(self, viewer: Viewer) -> Gaps:
        """What several people asked and found little on, where the library counts that.

        Raises:
            NotAllowedError: *viewer* has not signed in.
        """
        with self._library.reading() as db:
            embedder = self._switch.current(db).embedder
            return gaps(db, viewer, self._remembering(embedder))

    def snapshot(self, db: Transaction) -> Snapshot:
        """The index of all that is there; waits for as long as it takes to build it."""
        return self._switch.current(db).index.whole(db)

    def _remembering(self, embedder: Embedder | None) -> Embedder | None:
        """What embeds sentences: the same model, with a memory."""
        if embedder is None:
            return None
        if self._sentences is None or self._sentences.model != embedder.model:
            self._sentences = RememberingEmbedder(embedder)
        return self._sentences

    def _look(self, db: Transaction, viewer: Viewer) -> Look:
        serving = self._switch.current(db)
        snapshot = serving.index.current(db)
        sources = np.array(scope.sources_in(db, viewer, Filters()), dtype=np.int64)
        words = self._vocabulary.of(snapshot.parts)
        known = dictionary(serving.embedder.words if serving.embedder else frozenset())
        return Look(db, viewer, snapshot.area(sources), words, known)

    def _answer(
        self,
        db: Transaction,
        ranking: Ranking,
        asker: Asker,
        limit: int,
        began: float,
    ) -> Answer:
        viewer, filters = asker
        found = moments(
            db,
            viewer,
            ranking.passages[: SPARE * limit],
            ranking.question.rarity,
            limit=limit,
            per_session=limit if filters.session_id is not None else PER_SESSION,
        )
        searchable, total = sessions.coverage(db, viewer, up_to=ranking.up_to)
        return Answer(
            question=ranking.question.text,
            found=bool(found) and ranking.answers,
            sessions=found,
            engines=("words",) if ranking.question.vector is None else ("words", "meaning"),
            searchable=searchable,
            total=total,
            seconds=time.perf_counter() - began,
        )

    def _rank(
        self,
        db: Transaction,
        text: str,
        asker: Asker,
        depth: int,
        vector: NDArray[np.float32] | None = None,
    ) -> Ranking:
        serving = self._switch.current(db)
        return retrieved(db, serving, self._vocabulary, text, asker, depth=depth, vector=vector)
