"""What a person sees beside the found sessions: quotes, speakers, their views, counts, words."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from library.models import Form, SourceKind
from search.answers import Answer
from search.topics_asked import NamedTopic


class Order(enum.StrEnum):
    """In which order found sessions are shown."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Words as they stand in a transcript, and where: `search.quotes.verify` says if they do."""

    text: str  # verbatim
    speaker: str  # empty when nobody knows
    person_id: int | None
    session_id: int
    title: str
    held_on: date | None
    form: Form
    source_id: int
    kind: SourceKind
    version_id: int
    segment: int  # ordinal of the segment that it begins in; of the paragraph, in a note
    last_segment: int  # ordinal of the one that it ends in
    start: float | None  # seconds at which its first word is said; None in a note
    end: float | None
    passage_id: int
    score: float


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Somebody who speaks about what was asked."""

    name: str
    person_id: int | None
    moments: int  # passages that speak about it
    sessions: int
    newest: date | None  # of those sessions
    proof: Quote  # their best moment
    score: float


@dataclass(frozen=True, kw_only=True)
class View:
    """One voice's answer at some length, to stand beside another's."""

    name: str
    person_id: int | None
    quote: Quote


@dataclass(frozen=True, slots=True)
class Count:
    """One thing that found sessions can be narrowed to, and how many of them it leaves."""

    value: str  # as an address holds it: an id, the value of a form or kind, a year
    name: str  # a title or name to show; the value again for forms, kinds and years
    sessions: int


@dataclass(frozen=True, kw_only=True)
class Facets:
    """The found sessions counted, most first (years: newest first); empty where nothing is."""

    collections: Sequence[Count] = ()
    topics: Sequence[Count] = ()
    speakers: Sequence[Count] = ()
    forms: Sequence[Count] = ()
    kinds: Sequence[Count] = ()
    years: Sequence[Count] = ()


@dataclass(frozen=True, kw_only=True)
class Findings:
    """An answer and everything around it, of what the asker may see."""

    answer: Answer
    quotes: Sequence[Quote] = ()  # best first; none where nothing was found
    voices: Sequence[Voice] = ()  # who says most about it first
    views: Sequence[View] = ()  # two to four people side by side, or none
    facets: Facets = Facets()
    topics: Sequence[NamedTopic] = ()  # that the question names; also where nothing was found
    instead: str = ""  # "did you mean": the question with repaired words; empty: nothing to repair


class SuggestionKind(enum.StrEnum):
    """What a suggestion leads to."""

    WORD = "word"
    SESSION = "session"
    PERSON = "person"
    COLLECTION = "collection"
    TOPIC = "topic"
    PASSAGE = "passage"


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Something that what is being typed may become."""

    kind: SuggestionKind
    text: str  # the words typed with the last one completed; a title, a name; what a passage says
    id: int | None = None  # of the session, person, collection, topic or passage; None for a word
    about: str = ""  # of a passage: the title of its session


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """What the words typed so far may become, and what they may have meant."""

    typed: str
    suggestions: Sequence[Suggestion] = ()
    instead: str = ""  # "did you mean"; empty: nothing to repair


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A written sentence and what supports it."""

    text: str  # without its citations
    passages: Sequence[int]  # positions in `Written.passages`, from 0


@dataclass(frozen=True, kw_only=True)
class Given:
    """A passage that a language model was given, and where it was said."""

    text: str  # "Speaker: words" at each change of speaker
    speaker: str  # who begins
    person_id: int | None
    session_id: int
    title: str
    held_on: date | None
    source_id: int
    kind: SourceKind
    segment: int  # ordinal of the segment to land on
    start: float | None  # seconds; None in a note
    passage_id: int


@dataclass(frozen=True, kw_only=True)
class Written:
    """A written answer whose every sentence is supported; without sentences, the reason why."""

    sentences: Sequence[Cited] = ()
    passages: Sequence[Given] = ()  # what the language model was given, in its order
    model: str = ""
    dropped: int = 0  # sentences that had no support
    reason: str = ""  # why there is no answer, for the person who asked; empty when there is one
