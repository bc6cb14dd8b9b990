"""Marshmallow schemas shared by several API resources."""

from typing import Any, ClassVar

from marshmallow import Schema, fields, post_load, validate

from library.models import Form, Release, SourceKind
from library.sessions.language_tags import LANGUAGE
from search.ranking.session_match import MatchedField
from web.http.params import LARGEST_ID
from web.openapi.person_name_schemas import (
    WHO,
    NamedParticipantSchema,
    ParticipantSchema,
    named,
    person_choice,
)
from web.openapi.person_name_schemas import CleanText as CleanText  # noqa: PLC0414 - for all schemas
from web.openapi.request_schema import RequestSchema as RequestSchema  # noqa: PLC0414 - same
from web.openapi.response_fields import Links
from web.openapi.session_fields import changed_fields, filter_fields, form_fields, read_fields

LINKS = fields.Dict(keys=fields.String(), values=fields.String())


AN_ID = validate.Range(1, LARGEST_ID)
MOST_AT_ONCE = 100


class PageSchema(Schema):
    """Parameters of a list in pages: page size, and the id before which the page begins."""

    limit = fields.Integer(load_default=30, validate=validate.Range(1, MOST_AT_ONCE))
    before = fields.Integer(
        load_default=None,
        validate=AN_ID,
        metadata={"description": "Return only items with a smaller id; see `next`."},
    )


class QuestionSchema(Schema):
    """Parameters of a search: question, filters and number of results."""

    class Meta:
        """Marshmallow options that add the session fields by which a search can filter."""

        include: ClassVar = filter_fields()

    q = CleanText(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={
            "description": "The question. It may have operators: “a phrase”, -word, speaker:name, "
            "topic:name, after:2019-05, before:2020. `operators` in the response lists those that "
            "limit the results; everything else is plain text."
        },
    )
    limit = fields.Integer(load_default=20, validate=validate.Range(1, MOST_AT_ONCE))
    session = fields.Integer(load_default=None, validate=AN_ID)
    collection = fields.Integer(load_default=None, validate=AN_ID)
    topic = fields.Integer(
        load_default=None,
        validate=AN_ID,
        metadata={"description": "Topic of the session; narrower topics are included."},
    )
    person = fields.Integer(
        load_default=None,
        validate=AN_ID,
        metadata={"description": "Person who speaks in the passage."},
    )
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    kind = fields.List(fields.Enum(SourceKind, by_value=True), load_default=list)


class FragmentSchema(Schema):
    """A part of a snippet. `marked` says whether it matches the question."""

    text = fields.String()
    marked = fields.Boolean(metadata={"description": "True if it matches the question."})


class RepeatSchema(Schema):
    """A passage with the same words in another session."""

    passage_id = fields.Integer()
    session_id = fields.Integer()
    title = fields.String()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class HitSchema(Schema):
    """A passage that a search found, with its position and score."""

    passage_id = fields.Integer()
    source_id = fields.Integer()
    kind = fields.Enum(SourceKind, by_value=True)
    start = fields.Float(allow_none=True, metadata={"description": "In seconds; null in a note."})
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
        metadata={"description": "Components of the score."},
    )
    repeats = fields.List(fields.Nested(RepeatSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SessionHitsSchema(Schema):
    """The best hits of one session."""

    session_id = fields.Integer()
    title = fields.String()
    held_on = fields.Date(allow_none=True)
    form = fields.Enum(Form, by_value=True)
    duration = fields.Float(allow_none=True, metadata={"description": "Seconds."})
    hits = fields.List(
        fields.Nested(HitSchema),
        metadata={"description": "Empty if only the fields in `matches` match."},
    )
    matches = fields.List(
        fields.Enum(MatchedField, by_value=True),
        metadata={"description": "Fields of the session that match the question, best first."},
    )
    links = Links({"page": "sessions.page", "self": "api_sessions.one"}, session_id="session_id")


class CoverageSchema(Schema):
    """Number of sessions that you may see, and how many of these can be searched."""

    searchable = fields.Integer()
    total = fields.Integer()


class AnswerSchema(Schema):
    """Search results by session, and whether they answer the question."""

    question = fields.String()
    found = fields.Boolean(
        metadata={
            "description": "False: no result answers the question; `sessions` has only the nearest."
        }
    )
    engines = fields.List(fields.String())
    coverage = fields.Nested(CoverageSchema)
    seconds = fields.Float()
    sessions = fields.List(fields.Nested(SessionHitsSchema))


class ListenSchema(Schema):
    """Options of a retranscription."""

    language = fields.String(
        load_default="",
        validate=validate.Regexp(rf"^({LANGUAGE.pattern})?$"),
        metadata={"description": "Language code, such as en or pt-BR; empty to detect it."},
    )
    model = CleanText(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "One of the installed Whisper models; empty for the default."},
    )


class JobSchema(Schema):
    """State and progress of the processing of one source."""

    source_id = fields.Integer()
    session_id = fields.Integer()
    filename = fields.String()
    kind = fields.String()
    state = fields.String()
    stage = fields.String(metadata={"description": "Last completed stage."})
    activity = fields.String()
    progress = fields.Float(metadata={"description": "Progress of the whole job, 0..1."})
    attempts = fields.Integer()
    error = fields.String()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class JobListSchema(Schema):
    """One page of the jobs, newest first."""

    jobs = fields.List(fields.Nested(JobSchema))
    next = fields.String(allow_none=True)


class SessionSchema(Schema):
    """A session with its participants, its sources and its release state."""

    class Meta:
        """Marshmallow options that add the fields of a session's description."""

        include: ClassVar = read_fields()

    id = fields.Integer()
    release = fields.Enum(Release, by_value=True)
    participants = fields.List(fields.Nested(ParticipantSchema))
    sources = fields.List(fields.Nested(JobSchema))
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SessionListSchema(Schema):
    """One page of the sessions, newest first."""

    sessions = fields.List(fields.Nested(SessionSchema))
    next = fields.String(allow_none=True)


class ChangesSchema(RequestSchema):
    """Changes of a session. Fields that are left out stay unchanged."""

    class Meta(RequestSchema.Meta):
        """Marshmallow options that add the fields of a session's description."""

        include: ClassVar = changed_fields()

    participants = fields.List(
        fields.Nested(NamedParticipantSchema), validate=validate.Length(max=100)
    )

    @post_load
    def name_people(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Convert participants to `NamedPerson` values."""
        if "participants" in given:
            given["participants"] = [named(person) for person in given["participants"]]
        return given


class NewSessionFormSchema(Schema):
    """A new session as a form with files (multipart/form-data)."""

    class Meta:
        """Marshmallow options that add the fields of a session's description."""

        include: ClassVar = form_fields()

    file = fields.Raw(metadata={"type": "string", "format": "binary"})
    upload = fields.String(metadata={"description": "Id of a finished upload; repeatable."})
    note = fields.String(metadata={"description": "A note, as Markdown."})
    person = fields.String(metadata={"description": "Name of a participant; repeatable."})
    part = fields.String(metadata={"description": "Roles, in the order of `person`."})
    person_id = fields.String(metadata={"description": f"In the order of `person`. {WHO}"})
    again = fields.String(metadata={"description": "1: add a file that the library already has."})
    alone = fields.String(metadata={"description": "1: you are the only speaker in the recording."})


class AddedSchema(Schema):
    """A session that was added, with the URLs of its jobs."""

    session_id = fields.Integer()
    jobs = fields.List(fields.String())
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SegmentSchema(Schema):
    """A segment of a transcript, or a paragraph of a note."""

    ordinal = fields.Integer()
    speaker = fields.String()
    person_id = fields.Integer(allow_none=True)
    start = fields.Float(allow_none=True, metadata={"description": "Seconds."})
    end = fields.Float(allow_none=True)
    text = fields.String()
    words = fields.List(fields.Raw(), metadata={"description": "[text, start, end, probability]"})
    suspect = fields.String(
        metadata={"description": "Why the segment is not indexed; empty if it is."}
    )


class TranscriptSchema(Schema):
    """The current transcript of a source."""

    source_id = fields.Integer()
    version = fields.Integer()
    version_id = fields.Integer()
    origin = fields.String()
    model = fields.String()
    language = fields.String()
    segments = fields.List(fields.Nested(SegmentSchema))


class CorrectionSchema(RequestSchema):
    """A corrected transcript, as pieces that keep or replace segments of the version you read."""

    pieces = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        metadata={
            "description": "In order: {keep, to?, speaker?, suspect?} keeps the segments `keep` to "
            "`to` (ordinals, inclusive); {text, speaker?, suspect?} writes a new segment."
        },
    )
    people = fields.Dict(
        keys=fields.String(),
        values=person_choice("Id of the person, or “new” for a new person."),
        load_default=dict,
        metadata={
            "description": "Person for each speaker name. Needed only for new names that several "
            "people have. If it is missing, the response is 409 with the choices."
        },
    )
