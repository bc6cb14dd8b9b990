"""Base of all schemas of request bodies."""

from marshmallow import RAISE, Schema


class RequestSchema(Schema):
    """Base schema that rejects unknown fields, so that a misspelled field is an error.

    A subclass that defines its own `Meta` must inherit it from `RequestSchema.Meta`.
    """

    class Meta:
        """Marshmallow options that reject unknown fields."""

        unknown = RAISE
