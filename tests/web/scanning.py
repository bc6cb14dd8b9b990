"""A search engine that needs no index: shared words, among what may be seen."""

import re

from library.access import Viewer
from library.holdings import passages, reading
from library.models import Form, MentoringSession, SourceKind
from library.searching import scope
from library.searching.scope import Filters
from library.store import Library
from search.answers import Answer, Fragment, Hit, SessionHits
from search.findings import Findings, Order, Quote, Suggestion, SuggestionKind, Suggestions
from search.gaps import Gaps, gaps
from search.pinned import Pinned, pinned
from tests.fakes import BagOfWordsEmbedder

WORD = re.compile(r"\w+")


class ScanningEngine:
    """Finds every visible passage that shares a word with the question."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def embedder(self) -> BagOfWordsEmbedder:
        """What a corrected transcript is embedded with."""
        return BagOfWordsEmbedder()

    def gaps(self, viewer: Viewer) -> Gaps:
        """What is asked and not answered, by the words alone."""
        with self._library.reading() as db:
            return gaps(db, viewer, None)

    def landscape(self, viewer: Viewer, path: tuple[int, ...] = ()) -> None:
        """Nothing: words alone have no meaning to lay out."""

    def search(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, limit: int = 20
    ) -> Answer:
        """The passages with the most shared words, one session each."""
        wanted = set(WORD.findall(question.lower()))
        with self._library.reading() as db:
            allowed = set(scope.sources_in(db, viewer, filters or Filters()))
            rows = passages.rows_after(db, 0, model=BagOfWordsEmbedder.model)
            found = [
                (len(wanted & set(WORD.findall(row.text.lower()))), row)
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
    ) -> Findings:
        """The same, with nothing around it."""
        return Findings(answer=self.search(question, viewer, filters=filters, limit=limit))

    def pinned(self, question: str, viewer: Viewer) -> Pinned | None:
        """What a curator chose for the question."""
        with self._library.reading() as db:
            return pinned(db, viewer, question, None)

    def related(self, passage_id: int, viewer: Viewer, *, limit: int = 6) -> list[Quote]:
        """Nothing; raises NotFoundError where there is no such passage."""
        with self._library.reading() as db:
            reading.place_of(db, viewer, passage_id)
        return []

    def suggest(self, typed: str, viewer: Viewer, *, limit: int = 8) -> Suggestions:
        """The words of visible passages that begin like the last one typed."""
        before, _, last = typed.lower().rpartition(" ")
        with self._library.reading() as db:
            allowed = set(scope.sources_in(db, viewer, Filters()))
            rows = passages.rows_after(db, 0, model=BagOfWordsEmbedder.model)
            said = {w for r in rows if r.source_id in allowed for w in WORD.findall(r.text.lower())}
        words = sorted(word for word in said if last and word.startswith(last))[:limit]
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
