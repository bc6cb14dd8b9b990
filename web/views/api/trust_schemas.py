"""What the API takes and gives about question scripts, the consent ledger and sealed originals."""

from marshmallow import Schema, fields, validate

from library.capture import scripts
from library.withdrawal import originals
from web.views.api.admin_schemas import Strict
from web.views.api.schemas import AN_ID, CleanText, PageSchema


class ScriptSchema(Schema):
    """Prompts that guide a recording; each that is ticked makes a chapter."""

    id = fields.Integer()
    title = fields.String()
    introduction = fields.String()
    prompts = fields.List(fields.String())
    links = fields.Dict(keys=fields.String(), values=fields.String())


class ScriptListSchema(Schema):
    """A part of the scripts, the newest first."""

    scripts = fields.List(fields.Nested(ScriptSchema))
    next = fields.String(allow_none=True)


class WrittenScriptSchema(Strict):
    """A script as it is to be."""

    title = CleanText(required=True, validate=validate.Length(1, scripts.LONGEST_TITLE))
    introduction = CleanText(
        load_default="", validate=validate.Length(max=scripts.LONGEST_INTRODUCTION)
    )
    prompts = fields.List(
        CleanText(validate=validate.Length(1, scripts.LONGEST_PROMPT)),
        required=True,
        validate=validate.Length(1, scripts.MOST_PROMPTS),
    )


class LedgerPageSchema(PageSchema):
    """Which entries to give."""

    session_id = fields.Integer(
        load_default=None, validate=AN_ID, metadata={"description": "Only of this session."}
    )


class EntrySchema(Schema):
    """An entry: facts as numbers, words by their hash, and the hashes that make the chain.

    `hash` is the SHA-256 of `content` with `previous` in it, as canonical JSON (RFC 8785).
    """

    id = fields.Integer()
    content = fields.Dict()
    words = fields.String(metadata={"description": "What was shown to them; its hash is in it."})
    reason = fields.String(metadata={"description": "What they gave as a reason."})
    previous = fields.String()
    hash = fields.String()


class EntryListSchema(Schema):
    """A part of the ledger, the newest entry first."""

    entries = fields.List(fields.Nested(EntrySchema))
    next = fields.String(allow_none=True)


class VerifiedSchema(Schema):
    """Whether the chain holds, and what is wrong where it does not."""

    holds = fields.Boolean()
    objections = fields.List(fields.String())
    last = fields.Integer(allow_none=True, metadata={"description": "The newest entry."})
    hash = fields.String(allow_none=True, metadata={"description": "Its hash: keep it elsewhere."})


class SealedSchema(Schema):
    """An original as it was before something in it was taken off the record."""

    id = fields.Integer()
    session_id = fields.Integer()
    source_id = fields.Integer(allow_none=True)
    filename = fields.String()
    size = fields.Integer(metadata={"description": "Bytes."})
    sealed_at = fields.AwareDateTime()


class SealedListSchema(Schema):
    """A part of the originals under seal, the newest first."""

    sealed = fields.List(fields.Nested(SealedSchema))
    next = fields.String(allow_none=True)


class ReasonSchema(Strict):
    """Why a sealed original is opened."""

    reason = CleanText(
        required=True,
        validate=validate.Length(1, originals.LONGEST_REASON),
        metadata={"description": "Written into the audit log."},
    )
