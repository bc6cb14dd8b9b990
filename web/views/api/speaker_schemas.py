"""What the API takes and gives about the speakers of a session."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from library.editing.speaker_excuses import LONGEST_REASON
from library.editing.speaker_naming import LONGEST_NAME
from library.models import Excuse, HoldKind, NameOrigin, Release
from web.speaker_naming import MOST
from web.views.api.release_schemas import LINKS, ReleaseHoldSchema
from web.views.api.schemas import AN_ID, CleanText

WAYS = ("name", "excuse", "confirm", "reopen")


class SpeakerSchema(Schema):
    """A speaker of a transcript."""

    source_id = fields.Integer()
    label = fields.String(
        metadata={"description": "As the transcript calls them; empty: lines without a speaker."}
    )
    hold = fields.Enum(
        HoldKind,
        by_value=True,
        allow_none=True,
        metadata={"description": "What is not known about them; null: nothing."},
    )
    person_id = fields.Integer(allow_none=True)
    name = fields.String(metadata={"description": "Of that person; empty: none."})
    origin = fields.Enum(
        NameOrigin,
        by_value=True,
        allow_none=True,
        metadata={"description": "Where the name comes from."},
    )
    excuse = fields.Enum(
        Excuse,
        by_value=True,
        allow_none=True,
        metadata={"description": "Why nobody has to be named."},
    )
    confirmed_at = fields.AwareDateTime(allow_none=True)
    first_words = fields.String()
    start = fields.Float(
        allow_none=True, metadata={"description": "Of the first words, in seconds."}
    )


class SpeakersSchema(Schema):
    """The speakers of a session, and what holds its release."""

    session_id = fields.Integer()
    release = fields.Enum(Release, by_value=True)
    words = fields.String(metadata={"description": "How the release stands, in a sentence."})
    speakers = fields.List(fields.Nested(SpeakerSchema))
    holds = fields.List(fields.Nested(ReleaseHoldSchema))
    links = LINKS


class SpeakerSaidSchema(Schema):
    """What is said about one speaker: exactly one of name, excuse, confirm, reopen."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    source_id = fields.Integer(required=True, validate=AN_ID)
    label = fields.String(required=True, validate=validate.Length(max=LONGEST_NAME))
    name = CleanText(validate=validate.Length(1, LONGEST_NAME))
    person_id = fields.Integer(
        validate=AN_ID,
        metadata={"description": "With a name that several people have: the one who is meant."},
    )
    somebody_else = fields.Boolean(
        metadata={"description": "With a name: true, none of the people who have it already."}
    )
    excuse = fields.Enum(Excuse, by_value=True)
    reason = CleanText(
        validate=validate.Length(max=LONGEST_REASON),
        metadata={"description": "With an excuse: a sentence for the consent ledger."},
    )
    confirm = fields.Boolean(metadata={"description": "true: the file names the right person."})
    reopen = fields.Boolean(metadata={"description": "true: an earlier excuse is taken back."})

    @validates_schema
    def _one_way(self, given: dict[str, Any], **_: Any) -> None:
        if sum(bool(given.get(way)) for way in WAYS) != 1:
            raise ValidationError("Give exactly one of name, excuse, confirm and reopen.")


class SpeakersSaidSchema(Schema):
    """What is said about some speakers of a session."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    speakers = fields.List(
        fields.Nested(SpeakerSaidSchema), required=True, validate=validate.Length(1, MOST)
    )
