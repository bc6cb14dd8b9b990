"""Result types of a search: moments grouped by session, with highlighted snippets."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer
from library.curation.freshness import StaleReason
from library.models import Form, SourceKind
from library.sessions import passage_queries
from library.store import Transaction
from search.embedding.encoders import question_language
from search.ranking.session_match import MatchedField
from search.results.pinned import Pinned
from search.text.query_operators import Operator
from search.topics.query_topics import NamedTopic

NEAREST = 3  # places that are shown if no quote answers well


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a snippet. `marked` is True for a word that matches the question."""

    text: str
    marked: bool = False


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A passage of another session with nearly the same words as a hit."""

    passage_id: int
    session_id: int
    title: str
    source_id: int
    kind: SourceKind
    start: float | None  # seconds; None in a note
    segment: int


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A passage that answers the question, with its start in the recording or note."""

    passage_id: int
    session_id: int
    source_id: int
    kind: SourceKind
    start: float | None  # seconds at which the snippet begins; None in a note
    end: float | None
    segment: int  # ordinal of the segment to open; of the paragraph in a note
    speaker: str  # speaker of the snippet; empty if unknown
    person_id: int | None
    snippet: Sequence[Fragment]
    text: str  # the whole passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)  # components of the score
    repeats: Sequence[Repeat] = ()  # passages with the same words, at most one per session


@dataclass(frozen=True, kw_only=True)
class SessionHits:
    """The best moments of one session."""

    session_id: int
    title: str
    held_on: date | None
    form: Form
    duration: float | None  # length of the recording in seconds
    hits: Sequence[Hit]  # none if only title, topics or description match
    matches: Sequence[MatchedField] = ()  # fields of the session that match the question


@dataclass(frozen=True, kw_only=True)
class Answer:
    """All results of a question, best session first.

    `found` is False if the evidence for an answer is too weak. Then `sessions` contains at most
    the nearest moments, which a page must not present as an answer. If no moment answers but a
    title, a topic or a description matches, `found` is True, `said` is False, and `sessions`
    contains only sessions that match.
    """

    question: str
    found: bool
    said: bool = True  # if found: what was said answers the question
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


class Order(enum.StrEnum):
    """Order of sessions in an answer."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Verbatim text of a transcript with its location. `benchmarks.verbatim` checks it."""

    text: str  # verbatim
    speaker: str  # empty if unknown
    person_id: int | None
    session_id: int
    title: str
    held_on: date | None
    form: Form
    source_id: int
    kind: SourceKind
    version_id: int
    segment: int  # ordinal of the first segment; of the paragraph in a note
    last_segment: int  # ordinal of the last segment
    start: float | None  # seconds at which the first word begins; None in a note
    end: float | None
    passage_id: int
    score: float
    asked: str = ""  # the question that the quote replies to, verbatim; empty if there is none
    asked_by: str = ""  # who asked it; empty if unknown


@dataclass(frozen=True, kw_only=True)
class SpeakerResult:
    """A speaker who says something about the question."""

    name: str
    person_id: int | None
    moments: int  # number of passages about the question
    sessions: int
    newest: date | None  # latest date of these sessions
    proof: Quote  # best moment of the speaker
    score: float


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A facet value, with the number of found sessions that remain if it is selected."""

    value: str  # as in a URL: an id, the value of a form or kind, a year
    name: str  # displayed title or name; equal to `value` for forms, kinds, years
    sessions: int


@dataclass(frozen=True, kw_only=True)
class Facets:
    """Counts of found sessions, highest first (years: newest first); empty without results."""

    collections: Sequence[FacetCount] = ()
    topics: Sequence[FacetCount] = ()
    speakers: Sequence[FacetCount] = ()
    described: Mapping[str, Sequence[FacetCount]] = field(default_factory=dict)  # by field
    kinds: Sequence[FacetCount] = ()
    years: Sequence[FacetCount] = ()


@dataclass(frozen=True, kw_only=True)
class Findings:
    """An answer with quotes, speakers and facets, all visible to the viewer."""

    answer: Answer
    quotes: Sequence[Quote] = ()  # best first; empty if nothing was found
    speakers: Sequence[SpeakerResult] = ()  # highest weight first
    facets: Facets = Facets()
    topics: Sequence[NamedTopic] = ()  # named in the question; also if nothing was found
    instead: str = ""  # "did you mean": the corrected question; empty if nothing to correct
    operators: Sequence[Operator] = ()  # operators of the question that limit the results
    pinned: Pinned | None = None  # the curators' answer to this question
    stale: Mapping[int, StaleReason] = field(default_factory=dict)  # by session id
    weak: bool = False  # the best quote does not answer well; then no quote is shown
    languages: Sequence[str] = ()  # of the visible transcripts, if nothing was found; "": unknown
    model: str = ""  # embedding model of `vector`
    vector: NDArray[np.float32] | None = None  # embedding of the question, (dimension,)

    @property
    def shows_quotes(self) -> bool:
        """True if the best quotes answer the question well enough to be shown."""
        return bool(self.quotes) and not self.weak

    @property
    def nearest(self) -> Sequence[SessionHits]:
        """The best moments of up to three sessions. They are shown instead of quotes."""
        if self.shows_quotes:
            return ()
        return [replace(found, hits=found.hits[:1]) for found in self.answer.sessions[:NEAREST]]

    @property
    def question_language(self) -> str:
        """Language in which questions are compared by meaning, see `question_language`."""
        return question_language(self.model)


class SuggestionKind(enum.StrEnum):
    """Kind of a suggestion: a word, question, session, person, collection, topic or passage."""

    WORD = "word"
    QUESTION = "question"
    SESSION = "session"
    PERSON = "person"
    COLLECTION = "collection"
    TOPIC = "topic"
    PASSAGE = "passage"


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A completion of the typed text."""

    kind: SuggestionKind
    text: str  # a completed word, a whole question, a title, a name or passage text
    id: int | None = None  # of the object; for a question: passage that asks it; None for a word
    about: str = ""  # for a passage: the title of its session


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """Completions of the typed words, and their spelling correction."""

    typed: str
    suggestions: Sequence[Suggestion] = ()
    instead: str = ""  # "did you mean": the corrected words; empty if nothing to correct


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A generated sentence with the passages that support it."""

    text: str  # without its citations
    passages: Sequence[int]  # positions in `GeneratedAnswer.passages`, from 0


@dataclass(frozen=True, kw_only=True)
class SourcePassage:
    """A passage given to the language model, with its location."""

    text: str  # "Speaker: words" at each change of speaker
    speaker: str  # first speaker
    person_id: int | None
    session_id: int
    title: str
    held_on: date | None
    source_id: int
    kind: SourceKind
    segment: int  # ordinal of the segment to open
    start: float | None  # seconds; None in a note
    passage_id: int


@dataclass(frozen=True, kw_only=True)
class GeneratedAnswer:
    """Supported sentences of a generated answer, or the reason why there are none."""

    sentences: Sequence[Cited] = ()
    passages: Sequence[SourcePassage] = ()  # passages given to the language model, in order
    model: str = ""
    dropped: int = 0  # number of unsupported sentences
    reason: str = ""  # shown if there is no answer; else empty


def answer_sessions(answer: Answer) -> set[int]:
    """Return the ids of the sessions in an answer, including repeats."""
    repeated = {other.session_id for hit in answer.hits for other in hit.repeats}
    return {session.session_id for session in answer.sessions} | repeated


def findings_sessions(findings: Findings) -> set[int]:
    """Return the ids of the sessions in an answer and in the quotes of its findings."""
    quotes = [
        *findings.quotes,
        *(speaker.proof for speaker in findings.speakers),
    ]
    return answer_sessions(findings.answer) | {quote.session_id for quote in quotes}


def suggestion_sessions(db: Transaction, viewer: Viewer, found: Suggestions) -> set[int]:
    """Return the ids of the sessions of suggested passages, and of questions asked in passages."""
    quoted = (SuggestionKind.PASSAGE, SuggestionKind.QUESTION)
    ids = [one.id for one in found.suggestions if one.kind in quoted and one.id is not None]
    return {passage.session_id for passage in passage_queries.by_ids(db, viewer, ids).values()}
