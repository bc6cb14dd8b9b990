"""Base of all schemas of request bodies."""

from marshmallow import RAISE, Schema


class RequestSchema(Schema):
    """Base schema that rejects unknown fields, so that a misspelled field is an error.

    The `Meta` of a subclass replaces this one, so it has to inherit from it.
    """

    class Meta:
        """Reject unknown fields."""

        unknown = RAISE
