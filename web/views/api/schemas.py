"""What the API takes and gives, as marshmallow schemas."""

from typing import Any

from marshmallow import RAISE, Schema, fields, post_load, validate

from library.models import Form, Release, SourceKind, Visibility
from web.details import LANGUAGE
from web.parameters import LARGEST_ID
from web.views.api.name_schemas import (
    WHO,
    NamedParticipantSchema,
    ParticipantSchema,
    named,
    person_choice,
)
from web.views.api.name_schemas import CleanText as CleanText  # noqa: PLC0414 - for all schemas

AN_ID = validate.Range(1, LARGEST_ID)
MOST_AT_ONCE = 100


class PageSchema(Schema):
    """Which part of a list to give."""

    limit = fields.Integer(load_default=30, validate=validate.Range(1, MOST_AT_ONCE))
    before = fields.Integer(
        load_default=None,
        validate=AN_ID,
        metadata={"description": "Continue a list behind this number; see `next`."},
    )


class QuestionSchema(Schema):
    """A question and what narrows it."""

    q = CleanText(required=True, validate=validate.Length(1, 1000))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, MOST_AT_ONCE))
    session = fields.Integer(load_default=None, validate=AN_ID)
    collection = fields.Integer(load_default=None, validate=AN_ID)
    topic = fields.Integer(
        load_default=None,
        validate=AN_ID,
        metadata={"description": "What the session is about, or something narrower."},
    )
    person = fields.Integer(
        load_default=None, validate=AN_ID, metadata={"description": "Who speaks in the passage."}
    )
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    kind = fields.List(fields.Enum(SourceKind, by_value=True), load_default=list)
    form = fields.List(fields.Enum(Form, by_value=True), load_default=list)


class FragmentSchema(Schema):
    """A piece of a snippet."""

    text = fields.String()
    marked = fields.Boolean(metadata={"description": "Whether it matches the question."})


class RepeatSchema(Schema):
    """The same words in another session."""

    passage_id = fields.Integer()
    session_id = fields.Integer()
    title = fields.String()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class HitSchema(Schema):
    """A moment that answers."""

    passage_id = fields.Integer()
    source_id = fields.Integer()
    kind = fields.Enum(SourceKind, by_value=True)
    start = fields.Float(allow_none=True, metadata={"description": "Seconds; null in a note."})
    end = fields.Float(allow_none=True)
    segment = fields.Integer()
    speaker = fields.String()
    person_id = fields.Integer(allow_none=True)
    text = fields.String()
    snippet = fields.List(fields.Nested(FragmentSchema))
    score = fields.Float()
    parts = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        metadata={"description": "What the score is made of."},
    )
    repeats = fields.List(fields.Nested(RepeatSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SessionHitsSchema(Schema):
    """The best moments of one session."""

    session_id = fields.Integer()
    title = fields.String()
    held_on = fields.Date(allow_none=True)
    form = fields.Enum(Form, by_value=True)
    duration = fields.Float(allow_none=True, metadata={"description": "Seconds."})
    hits = fields.List(fields.Nested(HitSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


class CoverageSchema(Schema):
    """How much of what you may see could be searched."""

    searchable = fields.Integer()
    total = fields.Integer()


class AnswerSchema(Schema):
    """Everything that a question found."""

    question = fields.String()
    found = fields.Boolean(
        metadata={"description": "False: no evidence; the sessions are only the nearest."}
    )
    engines = fields.List(fields.String())
    coverage = fields.Nested(CoverageSchema)
    seconds = fields.Float()
    sessions = fields.List(fields.Nested(SessionHitsSchema))


class ListenSchema(Schema):
    """How a recording is heard again."""

    language = fields.String(
        load_default="",
        validate=validate.Regexp(rf"^({LANGUAGE.pattern})?$"),
        metadata={"description": "Such as en or pt-BR; empty: to be found out."},
    )
    model = CleanText(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "One of the library's Whisper models; empty: the usual one."},
    )


class JobSchema(Schema):
    """The work on a source."""

    source_id = fields.Integer()
    session_id = fields.Integer()
    filename = fields.String()
    kind = fields.String()
    state = fields.String()
    stage = fields.String(metadata={"description": "The last finished stage."})
    activity = fields.String()
    progress = fields.Float(metadata={"description": "0..1 of the whole work."})
    attempts = fields.Integer()
    error = fields.String()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class JobListSchema(Schema):
    """A part of the list of jobs, newest first."""

    jobs = fields.List(fields.Nested(JobSchema))
    next = fields.String(allow_none=True)


class SessionSchema(Schema):
    """A session."""

    id = fields.Integer()
    title = fields.String()
    description = fields.String()
    held_on = fields.Date(allow_none=True)
    language = fields.String()
    form = fields.Enum(Form, by_value=True)
    visibility = fields.Enum(Visibility, by_value=True)
    release = fields.Enum(Release, by_value=True)
    embargo_until = fields.Date(
        allow_none=True, metadata={"description": "The first day on which others find it."}
    )
    participants = fields.List(fields.Nested(ParticipantSchema))
    sources = fields.List(fields.Nested(JobSchema))
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SessionListSchema(Schema):
    """A part of the list of sessions, newest first."""

    sessions = fields.List(fields.Nested(SessionSchema))
    next = fields.String(allow_none=True)


class ChangesSchema(Schema):
    """What is to change; what is left out stays."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    title = CleanText(validate=validate.Length(1, 300))
    description = CleanText(validate=validate.Length(max=20_000))
    held_on = fields.Date(allow_none=True)
    language = CleanText(validate=validate.Length(max=12))
    form = fields.Enum(Form, by_value=True)
    visibility = fields.Enum(Visibility, by_value=True)
    embargo_until = fields.Date(allow_none=True)
    participants = fields.List(
        fields.Nested(NamedParticipantSchema), validate=validate.Length(max=100)
    )

    @post_load
    def name_people(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Give people as values, with the choice who they are."""
        if "participants" in given:
            given["participants"] = [named(person) for person in given["participants"]]
        return given


class FormSchema(Schema):
    """A new session, as a form with files (multipart/form-data)."""

    file = fields.Raw(metadata={"type": "string", "format": "binary"})
    upload = fields.String(metadata={"description": "Number of a finished upload; repeatable."})
    note = fields.String(metadata={"description": "A note, as Markdown."})
    title = fields.String(metadata={"description": "Empty: guessed from the file's name."})
    description = fields.String()
    held_on = fields.String(metadata={"description": "Year-month-day."})
    language = fields.String()
    form = fields.Enum(Form, by_value=True)
    visibility = fields.Enum(Visibility, by_value=True)
    embargo_until = fields.String(metadata={"description": "Year-month-day."})
    person = fields.String(metadata={"description": "Who took part; repeatable."})
    part = fields.String(metadata={"description": "Their roles, in the same order."})
    person_id = fields.String(metadata={"description": f"In the same order. {WHO}"})
    again = fields.String(metadata={"description": "1: add a file that is here already."})
    alone = fields.String(metadata={"description": "1: you alone speak in the recording."})


class AddedSchema(Schema):
    """A session that was added, and where to watch the work on it."""

    session_id = fields.Integer()
    jobs = fields.List(fields.String())
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SegmentSchema(Schema):
    """What one speaker said; a paragraph, in a note."""

    ordinal = fields.Integer()
    speaker = fields.String()
    person_id = fields.Integer(allow_none=True)
    start = fields.Float(allow_none=True, metadata={"description": "Seconds."})
    end = fields.Float(allow_none=True)
    text = fields.String()
    words = fields.List(fields.Raw(), metadata={"description": "[text, start, end, probability]"})
    suspect = fields.String(metadata={"description": "Why it is not indexed; empty: it is."})


class TranscriptSchema(Schema):
    """The current transcript of a source."""

    source_id = fields.Integer()
    version = fields.Integer()
    version_id = fields.Integer()
    origin = fields.String()
    model = fields.String()
    language = fields.String()
    segments = fields.List(fields.Nested(SegmentSchema))


class CorrectionSchema(Schema):
    """A corrected transcript, in pieces of the version that it is of."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    pieces = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        metadata={
            "description": "In order: {keep, to?, speaker?, suspect?} keeps the lines `keep` to "
            "`to` (ordinals, inclusive); {text, speaker?, suspect?} writes a line."
        },
    )
    people = fields.Dict(
        keys=fields.String(),
        values=person_choice("The number of the person, or “new” for somebody else."),
        load_default=dict,
        metadata={
            "description": "Who is meant by the names of speakers. Needed only for new names that "
            "several people may be meant by: then the answer is 409 with the choices."
        },
    )
