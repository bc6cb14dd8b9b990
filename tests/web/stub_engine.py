"""Search engine without an index, which counts shared words in visible passages."""

import re

from library.access import Viewer
from library.curation import freshness
from library.discovery import search_scope
from library.discovery.search_scope import Filters
from library.models import Form, MentoringSession, SourceKind
from library.sessions import passages, read_models
from library.store import Library
from search.overview.gaps import Gaps, gaps
from search.results.pinned import pinned
from search.results.result_types import (
    Answer,
    Findings,
    Fragment,
    Hit,
    Order,
    Quote,
    SessionHits,
    Suggestion,
    SuggestionKind,
    Suggestions,
)
from tests.fakes import BagOfWordsEmbedder

WORD = re.compile(r"\w+")


class ScanningEngine:
    """Search engine that finds every visible passage that shares a word with the question."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def embedder(self) -> BagOfWordsEmbedder:
        """Return the embedder for corrected transcripts."""
        return BagOfWordsEmbedder()

    def gaps(self, viewer: Viewer) -> Gaps:
        """Return the unanswered questions, compared by words only."""
        with self._library.reading() as db:
            return gaps(db, viewer, None)

    def landscape(self, viewer: Viewer, path: tuple[int, ...] = ()) -> None:
        """Return no topic map. This engine has no embeddings, from which maps are made."""

    def search(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, limit: int = 20
    ) -> Answer:
        """Return the passages with the most shared words, one per session."""
        question_words = set(WORD.findall(question.lower()))
        with self._library.reading() as db:
            allowed = set(search_scope.sources_in(db, viewer, filters or Filters()))
            rows = passages.rows_after(db, 0, model=BagOfWordsEmbedder.model)
            found = [
                (len(question_words & set(WORD.findall(row.text.lower()))), row)
                for row in rows
                if row.source_id in allowed
            ]
            best = sorted((f for f in found if f[0]), key=lambda f: -f[0])[:limit]
            sessions = [_session(db.get(MentoringSession, r.session_id), n, r) for n, r in best]
        return Answer(
            question=question,
            found=bool(sessions),
            sessions=sessions,
            engines=["words"],
            searchable=len(allowed),
            total=len(allowed),
            seconds=0.0,
        )

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
        """Return the answer to a question, with the pinned answers of curators."""
        answer = self.search(question, viewer, filters=filters, limit=limit)
        if not for_page:
            return Findings(answer=answer)
        with self._library.reading() as db:
            return Findings(
                answer=answer,
                pinned=pinned(db, viewer, question, None, None),
                stale=freshness.marks(db, viewer, [s.session_id for s in answer.sessions]),
            )

    def related(self, passage_id: int, viewer: Viewer, *, limit: int = 6) -> list[Quote]:
        """Return no quotes.

        Raises:
            NotFoundError: the passage is unknown or not visible.
        """
        with self._library.reading() as db:
            read_models.passage_for_address(db, viewer, passage_id)
        return []

    def suggest(self, typed: str, viewer: Viewer, *, limit: int = 8) -> Suggestions:
        """Return words of visible passages that begin with the last typed word."""
        before, _, last = typed.lower().rpartition(" ")
        with self._library.reading() as db:
            allowed = set(search_scope.sources_in(db, viewer, Filters()))
            rows = passages.rows_after(db, 0, model=BagOfWordsEmbedder.model)
            known_words = {
                w for r in rows if r.source_id in allowed for w in WORD.findall(r.text.lower())
            }
        words = sorted(word for word in known_words if last and word.startswith(last))[:limit]
        return Suggestions(
            typed=typed,
            suggestions=[
                Suggestion(kind=SuggestionKind.WORD, text=f"{before} {word}".strip())
                for word in words
            ],
        )


def _session(session, score, row) -> SessionHits:
    hit = Hit(
        passage_id=row.id,
        session_id=row.session_id,
        source_id=row.source_id,
        kind=SourceKind.RECORDING,
        start=10.0 * row.ordinal,
        end=10.0 * row.ordinal + 10.0,
        segment=row.ordinal,
        speaker=row.speakers[0][1] if row.speakers else "",
        person_id=row.speakers[0][0] if row.speakers else None,
        snippet=[Fragment(row.text, marked=True)],
        text=row.text,
        score=float(score),
        parts={"words": float(score)},
    )
    return SessionHits(
        session_id=row.session_id,
        title=session.title,
        held_on=session.held_on,
        form=Form(session.form),
        duration=20.0,
        hits=[hit],
    )
