"""Marshmallow schemas of search results, suggestions and generated answers."""

from typing import ClassVar

from marshmallow import Schema, fields, validate

from library.models import Form, SourceKind
from library.sessions.description import FILTERS
from search.results.result_types import SuggestionKind
from search.text.query_operators import OperatorKind
from web.openapi.response_fields import Links
from web.openapi.schemas import (
    MOST_AT_ONCE,
    AnswerSchema,
    CleanText,
    QuestionSchema,
    SessionHitsSchema,
)
from web.rendering import urls

SECONDS = {"description": "In seconds; null in a note."}


class ExploreSchema(QuestionSchema):
    """A question with filters and the order of the sessions."""

    order = fields.String(
        load_default="relevance", validate=validate.OneOf(["relevance", "newest"])
    )


class QuoteSchema(Schema):
    """A verbatim quote from a transcript."""

    text = fields.String(metadata={"description": "Verbatim."})
    speaker = fields.String()
    person_id = fields.Integer(allow_none=True)
    session_id = fields.Integer()
    title = fields.String(metadata={"description": "Title of the session."})
    held_on = fields.Date(allow_none=True)
    form = fields.Enum(Form, by_value=True)
    source_id = fields.Integer()
    kind = fields.Enum(SourceKind, by_value=True)
    version_id = fields.Integer(
        metadata={"description": "Transcript version that contains the quote."}
    )
    segment = fields.Integer(
        metadata={"description": "Ordinal of the segment in which the quote begins."}
    )
    last_segment = fields.Integer()
    start = fields.Float(allow_none=True, metadata=SECONDS)
    end = fields.Float(allow_none=True)
    passage_id = fields.Integer()
    score = fields.Float()
    asked = fields.String(
        metadata={
            "description": "Question of another person to which the quote replies, verbatim; empty "
            "if there is none."
        }
    )
    asked_by = fields.String(metadata={"description": "Who asked it; empty if unknown."})
    links = Links({"moment": urls.moment, "passage": "passages.page"}, passage_id="passage_id")


class VoiceSchema(Schema):
    """A speaker with passages that answer the question."""

    name = fields.String()
    person_id = fields.Integer(allow_none=True)
    moments = fields.Integer(metadata={"description": "Number of passages about the question."})
    sessions = fields.Integer()
    newest = fields.Date(allow_none=True)
    score = fields.Float()
    proof = fields.Nested(QuoteSchema, metadata={"description": "Best passage of this speaker."})


class CountSchema(Schema):
    """A filter value with the number of sessions that have it."""

    value = fields.String(metadata={"description": "Value to send as the filter."})
    name = fields.String()
    sessions = fields.Integer()


class FacetsSchema(Schema):
    """Session counts of each filter value, most sessions first."""

    class Meta:
        """Marshmallow options that add the session fields by which a search can filter."""

        include: ClassVar = {f.facet: fields.List(fields.Nested(CountSchema)) for f in FILTERS}

    collections = fields.List(fields.Nested(CountSchema))
    topics = fields.List(fields.Nested(CountSchema))
    speakers = fields.List(fields.Nested(CountSchema))
    kinds = fields.List(fields.Nested(CountSchema))
    years = fields.List(fields.Nested(CountSchema))


class NamedTopicSchema(Schema):
    """A topic whose label or synonym occurs in the question."""

    topic_id = fields.Integer()
    label = fields.String()
    said = fields.String(metadata={"description": "Label or synonym that occurs in the question."})
    sessions = fields.Integer(
        metadata={"description": "Number of sessions about this topic or a narrower one."}
    )
    links = Links({"self": "api_topics.one"}, topic_id="topic_id")


class OperatorSchema(Schema):
    """An operator of the question that limits the results."""

    kind = fields.Enum(OperatorKind, by_value=True)
    value = fields.String(metadata={"description": "Without quotation marks."})
    start = fields.Integer(metadata={"description": "First character in `question`, from 0."})
    end = fields.Integer(metadata={"description": "Character after the operator."})


class FindingsSchema(AnswerSchema):
    """Search results with quotes, speakers, facets and topics."""

    nearest = fields.List(
        fields.Nested(SessionHitsSchema),
        metadata={
            "description": "The best moments of up to three sessions, if no quote answers the "
            "question well, as when `found` is false; else empty."
        },
    )
    quotes = fields.List(
        fields.Nested(QuoteSchema),
        metadata={"description": "Best first. The page shows none if there are `nearest` moments."},
    )
    speakers = fields.List(fields.Nested(VoiceSchema))
    facets = fields.Nested(FacetsSchema)
    topics = fields.List(fields.Nested(NamedTopicSchema))
    operators = fields.List(fields.Nested(OperatorSchema))
    instead = fields.String(
        metadata={"description": "Spelling correction of the question; empty if none."}
    )


class TypedSchema(Schema):
    """Text that was typed so far in the question box."""

    q = CleanText(required=True, validate=validate.Length(1, 200))
    limit = fields.Integer(load_default=8, validate=validate.Range(1, 20))


class SuggestionSchema(Schema):
    """A suggested completion."""

    kind = fields.Enum(SuggestionKind, by_value=True)
    text = fields.String()
    id = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Id of the suggested object. For a question: id of the passage that "
            "asks it, or null for a pinned question. Null for a word."
        },
    )
    about = fields.String(metadata={"description": "For a passage: title of its session."})


class SuggestionsSchema(Schema):
    """Suggested completions and spelling correction of the typed text."""

    typed = fields.String()
    instead = fields.String()
    suggestions = fields.List(fields.Nested(SuggestionSchema))


class HowManySchema(Schema):
    """Maximum number of results."""

    limit = fields.Integer(load_default=6, validate=validate.Range(1, MOST_AT_ONCE))


class RelatedSchema(Schema):
    """Passages related to a passage, best first."""

    passage_id = fields.Integer()
    related = fields.List(fields.Nested(QuoteSchema))


class CitedSchema(Schema):
    """A generated sentence with its citations."""

    text = fields.String()
    passages = fields.List(
        fields.Integer(), metadata={"description": "Positions in `passages`, from 0."}
    )


class GivenSchema(Schema):
    """A passage that was given to the language model as evidence."""

    passage_id = fields.Integer()
    session_id = fields.Integer()
    title = fields.String()
    held_on = fields.Date(allow_none=True)
    source_id = fields.Integer()
    kind = fields.Enum(SourceKind, by_value=True)
    speaker = fields.String()
    person_id = fields.Integer(allow_none=True)
    segment = fields.Integer()
    start = fields.Float(allow_none=True, metadata=SECONDS)
    text = fields.String()


class WrittenSchema(Schema):
    """A generated answer in which every sentence is supported by a passage."""

    sentences = fields.List(fields.Nested(CitedSchema))
    passages = fields.List(fields.Nested(GivenSchema))
    model = fields.String()
    dropped = fields.Integer(
        metadata={"description": "Number of sentences removed because no passage supports them."}
    )
    reason = fields.String(
        metadata={"description": "Why no answer was generated; empty if there is one."}
    )
