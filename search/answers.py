"""What a search gives back: moments, grouped by session, with the words that made them hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from library.models import Form, SourceKind


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a snippet; `marked` when it matches the question."""

    text: str
    marked: bool = False


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """The same words as a hit's, in another session."""

    passage_id: int
    session_id: int
    title: str
    source_id: int
    kind: SourceKind
    start: float | None  # seconds; None in a note
    segment: int


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A moment that answers: a passage, and where to go to hear or read it."""

    passage_id: int
    session_id: int
    source_id: int
    kind: SourceKind
    start: float | None  # seconds at which the snippet's first words are said; None in a note
    end: float | None
    segment: int  # ordinal of the segment to land on: the paragraph, in a note
    speaker: str  # who says the snippet; empty when nobody knows
    person_id: int | None
    snippet: Sequence[Fragment]
    text: str  # the whole passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)  # what the score is made of
    repeats: Sequence[Repeat] = ()  # folded under this one; at most one a session


@dataclass(frozen=True, kw_only=True)
class SessionHits:
    """The best moments of one session."""

    session_id: int
    title: str
    held_on: date | None
    form: Form
    duration: float | None  # seconds of its recording
    hits: Sequence[Hit]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Everything that a question found, best session first.

    `found` is False when the library holds no evidence: the page then says so, and `sessions`
    holds at most the nearest moments, to be shown as such.
    """

    question: str
    found: bool
    sessions: Sequence[SessionHits]
    engines: Sequence[str]  # which engines answered: "words", "meaning"
    searchable: int  # sessions that could be searched, of `total` that the viewer may see
    total: int
    seconds: float

    @property
    def hits(self) -> list[Hit]:
        """All moments, best first."""
        return sorted(
            (hit for session in self.sessions for hit in session.hits), key=lambda hit: -hit.score
        )
