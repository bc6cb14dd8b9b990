"""What the API takes and gives about reviews."""

from marshmallow import RAISE, Schema, fields, validate

from library.curating.review_desk import LONGEST
from library.models import ReviewAct, ReviewState
from web.views.api.schemas import AN_ID, CleanText, PageSchema

DONE_BY_PEOPLE = [act.value for act in ReviewAct if act is not ReviewAct.WITHDRAWN]


class ReviewPageSchema(PageSchema):
    """Which part of the queue to give."""

    state = fields.Enum(ReviewState, by_value=True, load_default=None)
    mine = fields.Boolean(load_default=False, metadata={"description": "Given to you."})
    collection = fields.Integer(load_default=None, validate=AN_ID)


class ReviewEventSchema(Schema):
    """What somebody did or said."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    act = fields.Enum(ReviewAct, by_value=True)
    person_id = fields.Integer(
        allow_none=True, metadata={"description": "Null: the library did it by itself."}
    )
    to = fields.Integer(allow_none=True, metadata={"description": "To whom it was given."})
    text = fields.String()


class ReviewedSchema(Schema):
    """How it stands with a session's review."""

    session_id = fields.Integer()
    title = fields.String()
    state = fields.Enum(
        ReviewState,
        by_value=True,
        allow_none=True,
        metadata={"description": "Null: nobody has submitted it."},
    )
    reviewer = fields.Integer(allow_none=True)
    changed_at = fields.AwareDateTime(allow_none=True)
    required = fields.Boolean(
        metadata={"description": "Whether others find the session only when it is accepted."}
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())


class ReviewSchema(ReviewedSchema):
    """The same with what was done and said."""

    events = fields.List(fields.Nested(ReviewEventSchema))


class ReviewListSchema(Schema):
    """A part of the queue, the newest session first."""

    reviews = fields.List(fields.Nested(ReviewedSchema))
    next = fields.String(allow_none=True)


class ReviewActSchema(Schema):
    """One thing to do in a review."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    act = fields.String(required=True, validate=validate.OneOf(DONE_BY_PEOPLE))
    text = CleanText(load_default="", validate=validate.Length(max=LONGEST))
    to = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=AN_ID,
        metadata={"description": "With `assigned`: to whom; null gives it back to the queue."},
    )
