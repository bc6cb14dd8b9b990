"""Problem documents, the error responses of the API (RFC 9457)."""

from marshmallow import Schema, fields

from web.openapi.person_name_schemas import NameQuestionSchema


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(metadata={"description": "Type of the problem."})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "Message that says what to do."})
    instance = fields.String()
    errors = fields.Dict(metadata={"description": "Validation errors by field, if there are any."})
    existing_session = fields.Integer(
        metadata={"description": "Id of the session that already has the same file."}
    )
    ambiguous_names = fields.List(
        fields.Nested(NameQuestionSchema),
        metadata={
            "description": "Names that several people have. Repeat the request with "
            "the `person_id` of one of the choices, or with “new”."
        },
    )
