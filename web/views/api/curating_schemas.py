"""What the API takes and gives about many sessions at once, merges, pins, searches and marks."""

from marshmallow import Schema, fields, validate

from library.curating import bulk, pins
from library.curating.bulk_fields import PLACED, PLAIN
from library.models import Form, Rhythm, Visibility
from web.asking import NAMES
from web.views.api.admin_schemas import Strict
from web.views.api.schemas import AN_ID, CleanText

MOST_CHANGES = 50  # fields in one edit
WORDS = validate.Length(max=200)


class WishSchema(Strict):
    """What one field is to be."""

    field = fields.String(required=True, validate=validate.OneOf([*PLAIN, *PLACED]))
    number = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 2**63 - 1),
        metadata={"description": "Of the collection or topic; 0 for other fields."},
    )
    value = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "description": "As the session has it; null empties an owner, a reviewer or a day. "
            "Of a collection or topic: whether the session is to be in it, or about it."
        },
    )


class WhereSchema(Strict):
    """Sessions that you may change in some way; what is left out does not narrow."""

    words = CleanText(load_default="", validate=WORDS)
    collection_id = fields.Integer(load_default=None, allow_none=True, validate=AN_ID)
    without_collection = fields.Boolean(load_default=False)
    visibility = fields.Enum(Visibility, by_value=True, load_default=None, allow_none=True)
    form = fields.Enum(Form, by_value=True, load_default=None, allow_none=True)
    due = fields.Boolean(
        load_default=False, metadata={"description": "To be looked at within 30 days, or replaced."}
    )


class BulkWantedSchema(Strict):
    """Which sessions, and what is to change of them."""

    sessions = fields.List(fields.Integer(validate=AN_ID), validate=validate.Length(max=bulk.MOST))
    where = fields.Nested(
        WhereSchema, metadata={"description": "In the place of `sessions`: all that this finds."}
    )
    wishes = fields.List(
        fields.Nested(WishSchema), required=True, validate=validate.Length(1, MOST_CHANGES)
    )


class BulkDoneSchema(BulkWantedSchema):
    """The same, with the mark of the preview that was looked at."""

    mark = fields.String(required=True, validate=validate.Length(1, 64))


class StepSchema(Schema):
    """One change of one session."""

    session_id = fields.Integer()
    field = fields.String()
    number = fields.Integer()
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class LeftSchema(Schema):
    """A session that stays as it is in one field."""

    session_id = fields.Integer()
    title = fields.String()
    field = fields.String()
    number = fields.Integer()
    why = fields.String()


class PreviewSchema(Schema):
    """What would change; nothing is changed yet."""

    mark = fields.String(metadata={"description": "To be sent with the change itself."})
    sessions = fields.List(fields.Integer(), metadata={"description": "Those looked at."})
    changed = fields.Integer(metadata={"description": "How many of them change."})
    same = fields.Integer(metadata={"description": "Fields that are so already."})
    steps = fields.List(fields.Nested(StepSchema))
    left = fields.List(fields.Nested(LeftSchema))


class BulkEditSchema(Schema):
    """A change of many sessions."""

    id = fields.Integer()
    person_id = fields.Integer(allow_none=True)
    made_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)
    wishes = fields.List(fields.Nested(WishSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


class BulkEditWholeSchema(BulkEditSchema):
    """The same with what it changed."""

    steps = fields.List(fields.Nested(StepSchema))
    left = fields.List(
        fields.Nested(LeftSchema), metadata={"description": "What undoing it now would leave."}
    )


class BulkEditListSchema(Schema):
    """A part of the changes that you may look at, newest first."""

    edits = fields.List(fields.Nested(BulkEditSchema))
    next = fields.String(allow_none=True)


class UndoneSchema(Schema):
    """What an undo put back, and what it left."""

    put_back = fields.Integer()
    left = fields.List(fields.Nested(LeftSchema))


class AlikeSchema(Schema):
    """Two people who may be one."""

    one = fields.Integer()
    one_name = fields.String()
    other = fields.Integer()
    other_name = fields.String()
    why = fields.String()


class AlikeListSchema(Schema):
    """Pairs that nobody has told apart, the surest first."""

    pairs = fields.List(fields.Nested(AlikeSchema))
    next = fields.String(allow_none=True)


class TwoSchema(Strict):
    """Two people."""

    one = fields.Integer(required=True, validate=AN_ID)
    other = fields.Integer(required=True, validate=AN_ID)


class PersonMergeWantedSchema(Strict):
    """Who stays, and who is that one from then on."""

    kept = fields.Integer(required=True, validate=AN_ID)
    gone = fields.Integer(required=True, validate=AN_ID)


class OutlookSchema(Schema):
    """What a merge would move; nothing is moved yet."""

    sessions = fields.Integer()
    parts = fields.Integer(metadata={"description": "Sessions in which they take part."})
    segments = fields.Integer()
    searches = fields.Integer()
    collections = fields.Integer()
    tokens = fields.Integer()
    asked_again = fields.List(
        fields.String(), metadata={"description": "Titles of sessions that wait for an answer."}
    )


class PersonMergeSchema(Schema):
    """A merge of two people."""

    id = fields.Integer()
    kept = fields.Integer()
    gone = fields.Integer()
    made_by = fields.Integer(allow_none=True)
    made_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)
    stays = fields.String(metadata={"description": "Why it cannot be undone; empty if it can."})
    sessions_left = fields.Integer(
        metadata={"description": "Sessions that are yet to be moved, or to be moved back."}
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())


class PersonMergeListSchema(Schema):
    """A part of the merges, newest first."""

    merges = fields.List(fields.Nested(PersonMergeSchema))
    next = fields.String(allow_none=True)


class PinWantedSchema(Strict):
    """What is shown first, and where what is asked."""

    questions = fields.List(
        CleanText(validate=validate.Length(1, pins.LONGEST)),
        required=True,
        validate=validate.Length(1, pins.MOST_QUESTIONS),
    )
    passages = fields.List(
        fields.Integer(validate=AN_ID),
        required=True,
        validate=validate.Length(1, pins.MOST_PASSAGES),
    )
    note = CleanText(load_default="", validate=validate.Length(max=pins.LONGEST))


class PinnedPassageSchema(Schema):
    """A passage of a pinned answer."""

    passage_id = fields.Integer()
    session_id = fields.Integer()
    source_id = fields.Integer()
    start = fields.Float(allow_none=True, metadata={"description": "Seconds; null in a note."})
    end = fields.Float(allow_none=True)
    text = fields.String()


class PinSchema(Schema):
    """A pinned answer."""

    id = fields.Integer()
    questions = fields.List(fields.String())
    note = fields.String()
    passages = fields.List(fields.Nested(PinnedPassageSchema))
    fallen = fields.Integer(
        metadata={"description": "Passages that are gone, were changed, or are not for you."}
    )
    made_by = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class PinListSchema(Schema):
    """A part of the pinned answers, newest first."""

    pins = fields.List(fields.Nested(PinSchema))
    next = fields.String(allow_none=True)


RHYTHM = {"description": "How often you get a letter about what is new."}


class SearchWantedSchema(Strict):
    """A search to keep; the name of an earlier one replaces that."""

    question = CleanText(required=True, validate=validate.Length(1, 1000))
    name = CleanText(load_default="", validate=WORDS)
    filters = fields.Dict(
        keys=fields.String(validate=validate.OneOf(NAMES)),
        values=CleanText(validate=WORDS),
        load_default=dict,
        metadata={"description": "As the address of a search has them."},
    )
    rhythm = fields.Enum(Rhythm, by_value=True, load_default=None, metadata=RHYTHM)


class RhythmSchema(Strict):
    """How often letters come."""

    rhythm = fields.Enum(Rhythm, by_value=True, required=True, metadata=RHYTHM)


class SavedSearchSchema(Schema):
    """A search that you keep."""

    id = fields.Integer()
    name = fields.String()
    question = fields.String()
    filters = fields.Dict(keys=fields.String(), values=fields.String())
    rhythm = fields.Enum(Rhythm, by_value=True, metadata=RHYTHM)
    created_at = fields.AwareDateTime()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SavedSearchListSchema(Schema):
    """A part of the searches that you keep, newest first."""

    searches = fields.List(fields.Nested(SavedSearchSchema))
    next = fields.String(allow_none=True)


class KeepSchema(Strict):
    """By when to look at a session again, and which one has replaced it; null for neither."""

    review_by = fields.Date(required=True, allow_none=True)
    replaced_by = fields.Integer(required=True, allow_none=True, validate=AN_ID)


class CurrentSchema(Schema):
    """How a session is kept current."""

    review_by = fields.Date(
        allow_none=True, metadata={"description": "For others than its keepers: once it has come."}
    )
    due = fields.Boolean(metadata={"description": "Whether that day has come."})
    replaced_by = fields.Integer(
        allow_none=True, metadata={"description": "A session that you may see."}
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())
