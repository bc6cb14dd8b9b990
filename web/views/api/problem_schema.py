"""The problem document with which the API refuses a request (RFC 9457)."""

from marshmallow import Schema, fields

from web.views.api.name_schemas import NameQuestionSchema


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(metadata={"description": "What kind of problem this is."})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "A sentence that says what to do."})
    instance = fields.String()
    errors = fields.Dict(metadata={"description": "Objections by field, where there are some."})
    existing_session = fields.Integer(
        metadata={"description": "The session that has the same file already."}
    )
    ambiguous_names = fields.List(
        fields.Nested(NameQuestionSchema),
        metadata={
            "description": "Names that several people may be meant by. Repeat the request with "
            "the `person_id` of one of the choices, or with “new”."
        },
    )
