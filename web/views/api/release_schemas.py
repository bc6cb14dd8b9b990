"""What the API takes and gives about releases, chapters, clips and citations."""

from marshmallow import RAISE, Schema, fields, validate

from library.models import Answer, HoldKind, Part, Release, Visibility
from web.views.api.schemas import AN_ID, CleanText

LINKS = fields.Dict(keys=fields.String(), values=fields.String())


class StandingSchema(Schema):
    """How it stands with one of those who speak in a session."""

    person_id = fields.Integer()
    name = fields.String()
    part = fields.Enum(
        Part,
        by_value=True,
        allow_none=True,
        metadata={"description": "null: only the transcript names them."},
    )
    state = fields.Enum(Answer, by_value=True)
    holds = fields.Boolean(
        metadata={"description": "Whether the answer covers what the session is meant for now."}
    )
    needed = fields.Boolean(metadata={"description": "Whether the session waits for it."})
    answered_at = fields.AwareDateTime(allow_none=True)


class ReleaseHoldSchema(Schema):
    """What keeps a session from others before any answer counts."""

    kind = fields.Enum(HoldKind, by_value=True)
    source_id = fields.Integer(
        allow_none=True, metadata={"description": "null: it is about the whole session."}
    )
    label = fields.String(
        metadata={"description": "The speaker in the transcript; empty: lines without one."}
    )
    person_id = fields.Integer(
        allow_none=True,
        metadata={"description": "Of an unconfirmed name: the person it is taken for."},
    )
    sentence = fields.String()


class ReleaseSchema(Schema):
    """How it stands with a session's release."""

    session_id = fields.Integer()
    visibility = fields.Enum(Visibility, by_value=True)
    release = fields.Enum(Release, by_value=True)
    words = fields.String(metadata={"description": "The same in a sentence."})
    asked = fields.Boolean(metadata={"description": "Whether your own answer is waited for."})
    agreed = fields.Boolean(metadata={"description": "Whether you have a release to take back."})
    statement = fields.String(
        metadata={"description": "What somebody who agrees agrees to; empty: nobody is asked."}
    )
    people = fields.List(fields.Nested(StandingSchema))
    holds = fields.List(
        fields.Nested(ReleaseHoldSchema),
        metadata={"description": "While any of these stands, nobody else finds the session."},
    )
    links = LINKS


class OwnAnswerSchema(Schema):
    """One's own answer to the statement."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    answer = fields.String(required=True, validate=validate.OneOf(["agree", "decline", "withdraw"]))


class LinkAskedSchema(Schema):
    """For whom a link is made."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    person_id = fields.Integer(required=True, validate=AN_ID)


class LinkSchema(Schema):
    """A link with which somebody without an account answers; shown once."""

    person_id = fields.Integer()
    link = fields.String()


class ChapterSchema(Schema):
    """A place in a recording with a name."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    start = fields.Float(
        required=True, validate=validate.Range(0, 1e6), metadata={"description": "Seconds."}
    )
    title = CleanText(required=True, validate=validate.Length(1, 300))


class ChaptersSchema(Schema):
    """All chapters of a recording, in their order."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    chapters = fields.List(fields.Nested(ChapterSchema), required=True)


class StretchSchema(Schema):
    """From where to where, in seconds."""

    start = fields.Float(required=True, validate=validate.Range(0, 1e6))
    end = fields.Float(required=True, validate=validate.Range(0, 1e6))


class ClipSchema(Schema):
    """The sound of a moment as a file of its own."""

    source_id = fields.Integer()
    start = fields.Float(metadata={"description": "Seconds."})
    end = fields.Float()
    ready = fields.Boolean()
    error = fields.String(metadata={"description": "Why it could not be cut; empty: it can."})
    links = LINKS


class PlaceSchema(Schema):
    """What is cited: a second of a recording, a paragraph of a note, or all of it."""

    start = fields.Float(load_default=None, validate=validate.Range(0, 1e6))
    end = fields.Float(load_default=None, validate=validate.Range(0, 1e6))
    paragraph = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "Of a note; 0 is the first."},
    )


class CitationSchema(Schema):
    """One reference in the forms that people need."""

    address = fields.String(metadata={"description": "Permanent, with the second."})
    apa = fields.String()
    in_text = fields.String(metadata={"description": "APA, in parentheses."})
    bibtex = fields.String()
    csl = fields.Raw(metadata={"description": "An item of CSL-JSON."})
