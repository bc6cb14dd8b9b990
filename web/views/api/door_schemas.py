"""What the API takes and gives about accounts, what opens them, and what is kept how long."""

from marshmallow import Schema, fields, validate

from library.accounts import profiles, roster
from library.models import Role
from library.vocabulary import skos
from library.withdrawal import retention
from web.views.api.admin_schemas import PersonSchema, Strict
from web.views.api.name_schemas import person_choice
from web.views.api.schemas import CleanText

WORDS = validate.Length(max=profiles.LONGEST)


class JoinRequestSchema(Schema):
    """Somebody who asked for an account."""

    id = fields.Integer()
    name = fields.String()
    email = fields.String()
    reason = fields.String()
    created_at = fields.AwareDateTime()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class JoinRequestListSchema(Schema):
    """A part of those who wait for an answer, the newest first."""

    requests = fields.List(fields.Nested(JoinRequestSchema))
    next = fields.String(allow_none=True)


class JoinAnswerSchema(Strict):
    """The answer to somebody who asked."""

    approve = fields.Boolean(required=True)
    role = fields.Enum(Role, by_value=True, load_default=Role.MENTEE)
    adopt = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Whether they are the person of this name who is named in sessions "
            "already and has no account; where there are several, give `person_id`."
        },
    )
    person_id = person_choice(
        "The person without account who they are, or “new”: see `ambiguous_names` of status 409."
    )


class OpenerSchema(Schema):
    """A link, a token, a passkey or a sign-in that works; its secret is kept nowhere."""

    kind = fields.String(
        validate=validate.OneOf(["link", "release", "token", "passkey", "sign-in"])
    )
    id = fields.Integer()
    person = fields.String(metadata={"description": "Whom it lets in."})
    about = fields.String(
        metadata={"description": "Its label, its purpose, the session, or the browser."}
    )
    created_at = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    last_used_at = fields.AwareDateTime(allow_none=True)
    links = fields.Dict(keys=fields.String(), values=fields.String())


class OpenerListSchema(Schema):
    """A part of what opens doors now, the newest first."""

    openers = fields.List(fields.Nested(OpenerSchema))
    next = fields.String(allow_none=True)


class ProfileSchema(Strict):
    """What is to change of your profile; what is left out stays."""

    about = CleanText(validate=WORDS)
    helps_with = CleanText(validate=WORDS)
    learns = CleanText(validate=WORDS)
    availability = CleanText(validate=WORDS)
    languages = fields.List(
        CleanText(validate=validate.Length(2, 35)),
        validate=validate.Length(max=profiles.MOST_LANGUAGES),
        metadata={"description": "BCP 47, such as en or pt-BR."},
    )


class TableSchema(Strict):
    """People as a table: CSV whose first line names its columns."""

    table = fields.String(required=True, validate=validate.Length(1, roster.LARGEST))
    write = fields.Boolean(
        load_default=False, metadata={"description": "Whether each gets a letter with their link."}
    )


class TakenInSchema(Schema):
    """The accounts that were made."""

    people = fields.List(fields.Nested(PersonSchema))


class RetentionSchema(Strict):
    """How long a collection keeps its sessions."""

    years = fields.Integer(
        required=True, allow_none=True, validate=validate.Range(1, retention.LONGEST)
    )
    hold = fields.Boolean(
        required=True, metadata={"description": "While it is on hold, nothing in it is removed."}
    )


class HoldSchema(Strict):
    """Whether a session is on hold, and why that changes."""

    hold = fields.Boolean(required=True)
    reason = CleanText(required=True, validate=validate.Length(1, 500))


class HeldSchema(Schema):
    """Whether a session is on hold itself; one of its collections may be as well."""

    hold = fields.Boolean()


class VocabularySchema(Strict):
    """A vocabulary in SKOS."""

    format = fields.Enum(skos.Format, by_value=True, required=True)
    text = fields.String(required=True, validate=validate.Length(1, skos.LARGEST))


class BroughtSchema(Schema):
    """What came of a vocabulary."""

    new = fields.Integer()
    known = fields.Integer()
    refused = fields.List(fields.String())
