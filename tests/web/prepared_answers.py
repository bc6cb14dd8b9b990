"""Prepared answers, and search engines that return them or raise errors."""

from datetime import date
from typing import Any

from library.access import Viewer
from library.discovery.search_scope import Filters
from library.errors import WeightsError
from library.models import Form, SourceKind
from search.results.result_types import (
    Answer,
    Cited,
    Findings,
    Fragment,
    GeneratedAnswer,
    Hit,
    Order,
    Quote,
    SessionHits,
    SourcePassage,
    Suggestion,
    Suggestions,
)


class PreparedEngine:
    """Search engine that returns the same answer to every question.

    The engine stores the filters and the order of the last search.
    """

    def __init__(self, answer: Answer, *suggested: Suggestion, **around: Any) -> None:
        self.answer = answer
        self.around = around
        self.suggested = suggested
        self.filters: Filters | None = None
        self.order = Order.RELEVANCE

    def search(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, limit: int = 20
    ) -> Answer:
        """Return the prepared answer."""
        self.filters = filters
        return self.answer

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
        """Return the prepared answer and the other prepared findings."""
        self.order = order
        answer = self.search(question, viewer, filters=filters, limit=limit)
        return Findings(answer=answer, **self.around)

    def suggest(self, typed: str, viewer: Viewer, *, limit: int = 8) -> Suggestions:
        """Return the prepared suggestions for any text."""
        return Suggestions(typed=typed, suggestions=self.suggested[:limit])

    def related(self, passage_id: int, viewer: Viewer, *, limit: int = 6) -> list[Quote]:
        """Return the prepared quotes."""
        return list(self.around.get("quotes", []))[:limit]

    def write(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None
    ) -> GeneratedAnswer:
        """Return a generated sentence that cites the second of two passages."""
        given = [
            SourcePassage(
                text=f"Ada: passage {number}",
                speaker="Ada",
                person_id=None,
                session_id=7,
                title=f"Talk {number}",
                held_on=None,
                source_id=9,
                kind=SourceKind.RECORDING,
                segment=3,
                start=12.34,
                passage_id=number,
            )
            for number in (1, 2)
        ]
        written = Cited(text="Ask on the same day.", passages=(1,))
        return GeneratedAnswer(sentences=[written], passages=given, model="small-model")


class RefusingEngine:
    """Search engine that raises `WeightsError`, as if its model were missing."""

    def search(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, limit: int = 20
    ) -> Answer:
        """Raise `WeightsError`."""
        raise WeightsError

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
        """Raise `WeightsError`."""
        raise WeightsError

    def related(self, passage_id: int, viewer: Viewer, *, limit: int = 6) -> list[Quote]:
        """Raise `WeightsError`."""
        raise WeightsError


def quote(
    text: str = "Tell them the same day, in private.",
    *,
    speaker: str = "Ada",
    person_id: int | None = None,
    start: float | None = 12.34,
    kind: SourceKind = SourceKind.RECORDING,
    source_id: int = 9,
) -> Quote:
    """Return a prepared quote from the session that `answer` describes."""
    return Quote(
        text=text,
        speaker=speaker,
        person_id=person_id,
        session_id=7,
        title="A talk about feedback",
        held_on=date(2024, 5, 31),
        form=Form.PEER,
        source_id=source_id,
        kind=kind,
        version_id=1,
        segment=3,
        last_segment=3,
        start=start,
        end=None if start is None else start + 4,
        passage_id=1,
        score=1.0,
    )


def hit(
    text: str = "Ask the same day.",
    *,
    marked: str = "same day",
    start: float | None = 12.34,
    segment: int = 3,
    session_id: int = 7,
    source_id: int = 9,
    kind: SourceKind = SourceKind.RECORDING,
) -> Hit:
    """Return a search hit with the snippet *text*, in which *marked* is highlighted."""
    before, match, after = text.partition(marked)
    snippet = [Fragment(before), Fragment(match, marked=True), Fragment(after)]
    return Hit(
        passage_id=1,
        session_id=session_id,
        source_id=source_id,
        kind=kind,
        start=start,
        end=None if start is None else start + 5,
        segment=segment,
        speaker="Ada",
        person_id=None,
        snippet=snippet,
        text=text,
        score=1.0,
        parts={"words": 3.0, "meaning": 1.0, "speaker": 0.0},
    )


def answer(*hits: Hit, found: bool = True) -> Answer:
    """Return a search answer that contains one session with the given hits."""
    session = SessionHits(
        session_id=7,
        title="A talk about feedback",
        held_on=date(2024, 5, 31),
        form=Form.PEER,
        duration=60.0,
        hits=hits,
    )
    return Answer(
        question="when?",
        found=found,
        sessions=[session] if hits else [],
        engines=["words", "meaning"],
        searchable=3,
        total=4,
        seconds=0.1,
    )
