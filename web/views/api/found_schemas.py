"""What the API gives around an answer, as marshmallow schemas."""

from marshmallow import Schema, fields, validate

from library.models import Form, SourceKind
from search.findings import SuggestionKind
from web.views.api.schemas import MOST_AT_ONCE, AnswerSchema, CleanText, QuestionSchema

SECONDS = {"description": "Seconds; null in a note."}


class ExploreSchema(QuestionSchema):
    """A question, what narrows it, and the order of the sessions."""

    order = fields.String(
        load_default="relevance", validate=validate.OneOf(["relevance", "newest"])
    )


class QuoteSchema(Schema):
    """Words as they stand in a transcript."""

    text = fields.String(metadata={"description": "Verbatim."})
    speaker = fields.String()
    person_id = fields.Integer(allow_none=True)
    session_id = fields.Integer()
    title = fields.String(metadata={"description": "Of the session."})
    held_on = fields.Date(allow_none=True)
    form = fields.Enum(Form, by_value=True)
    source_id = fields.Integer()
    kind = fields.Enum(SourceKind, by_value=True)
    version_id = fields.Integer(metadata={"description": "The transcript that it was checked in."})
    segment = fields.Integer(metadata={"description": "Ordinal of the segment it begins in."})
    last_segment = fields.Integer()
    start = fields.Float(allow_none=True, metadata=SECONDS)
    end = fields.Float(allow_none=True)
    passage_id = fields.Integer()
    score = fields.Float()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class VoiceSchema(Schema):
    """Somebody who speaks about what was asked."""

    name = fields.String()
    person_id = fields.Integer(allow_none=True)
    moments = fields.Integer(metadata={"description": "Passages that speak about it."})
    sessions = fields.Integer()
    newest = fields.Date(allow_none=True)
    score = fields.Float()
    proof = fields.Nested(QuoteSchema, metadata={"description": "Their best moment."})


class ViewSchema(Schema):
    """One voice's answer at some length."""

    name = fields.String()
    person_id = fields.Integer(allow_none=True)
    quote = fields.Nested(QuoteSchema)


class CountSchema(Schema):
    """One thing that found sessions can be narrowed to."""

    value = fields.String(metadata={"description": "What to send as the filter."})
    name = fields.String()
    sessions = fields.Integer()


class FacetsSchema(Schema):
    """The found sessions counted, most first."""

    collections = fields.List(fields.Nested(CountSchema))
    topics = fields.List(fields.Nested(CountSchema))
    speakers = fields.List(fields.Nested(CountSchema))
    forms = fields.List(fields.Nested(CountSchema))
    kinds = fields.List(fields.Nested(CountSchema))
    years = fields.List(fields.Nested(CountSchema))


class NamedTopicSchema(Schema):
    """A topic that the question names, by its label or by another of its names."""

    topic_id = fields.Integer()
    label = fields.String()
    said = fields.String(metadata={"description": "The name by which it was called."})
    sessions = fields.Integer(metadata={"description": "About it or something narrower."})
    links = fields.Dict(keys=fields.String(), values=fields.String())


class FindingsSchema(AnswerSchema):
    """Everything that a question found, and what stands around it."""

    quotes = fields.List(fields.Nested(QuoteSchema))
    speakers = fields.List(fields.Nested(VoiceSchema))
    views = fields.List(fields.Nested(ViewSchema))
    facets = fields.Nested(FacetsSchema)
    topics = fields.List(fields.Nested(NamedTopicSchema))
    instead = fields.String(metadata={"description": "Did you mean; empty: nothing to repair."})


class TypedSchema(Schema):
    """The words typed so far."""

    q = CleanText(required=True, validate=validate.Length(1, 200))
    limit = fields.Integer(load_default=8, validate=validate.Range(1, 20))


class SuggestionSchema(Schema):
    """Something that they may become."""

    kind = fields.Enum(SuggestionKind, by_value=True)
    text = fields.String()
    id = fields.Integer(
        allow_none=True, metadata={"description": "Of what it leads to; null for a word."}
    )
    about = fields.String(metadata={"description": "Of a passage: the title of its session."})


class SuggestionsSchema(Schema):
    """What the words typed so far may become, and what they may have meant."""

    typed = fields.String()
    instead = fields.String()
    suggestions = fields.List(fields.Nested(SuggestionSchema))


class HowManySchema(Schema):
    """How many to give."""

    limit = fields.Integer(load_default=6, validate=validate.Range(1, MOST_AT_ONCE))


class RelatedSchema(Schema):
    """Passages related to a passage, best first."""

    passage_id = fields.Integer()
    related = fields.List(fields.Nested(QuoteSchema))


class CitedSchema(Schema):
    """A written sentence."""

    text = fields.String()
    passages = fields.List(
        fields.Integer(), metadata={"description": "Positions in `passages`, from 0."}
    )


class GivenSchema(Schema):
    """A passage that a language model was given."""

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
    """A written answer whose every sentence is supported."""

    sentences = fields.List(fields.Nested(CitedSchema))
    passages = fields.List(fields.Nested(GivenSchema))
    model = fields.String()
    dropped = fields.Integer(metadata={"description": "Sentences that had no support."})
    reason = fields.String(metadata={"description": "Why there is none; empty: there is one."})
