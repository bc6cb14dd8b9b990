"""What the API gives of the overview, as marshmallow schemas."""

from marshmallow import Schema, fields, validate

from library.overview.topics import Danger


class GrownSchema(Schema):
    """What was added in a month, and all that there was at its end."""

    month = fields.String(metadata={"description": "Such as 2026-03, in UTC."})
    sessions = fields.Integer()
    seconds = fields.Float(metadata={"description": "Of sound."})
    sessions_by_then = fields.Integer()
    seconds_by_then = fields.Float()


class GrowthSchema(Schema):
    """The months from the first session on."""

    months = fields.List(fields.Nested(GrownSchema))


class HolderSchema(Schema):
    """Somebody who speaks about a topic, not as a mentee."""

    person_id = fields.Integer()
    name = fields.String()
    sessions = fields.Integer()
    leaves_on = fields.Date(
        allow_none=True, metadata={"description": "Told to administrators only."}
    )


class TopicSizeSchema(Schema):
    """A topic that was confirmed for sessions, and who speaks about it."""

    topic_id = fields.Integer()
    label = fields.String()
    sessions = fields.Integer()
    seconds = fields.Float()
    holders = fields.List(fields.Nested(HolderSchema))


class TopicSizesSchema(Schema):
    """Topics, the largest first."""

    topics = fields.List(fields.Nested(TopicSizeSchema))


class AtRiskSchema(Schema):
    """A topic of which what is known may be lost."""

    topic = fields.Nested(TopicSizeSchema)
    danger = fields.Enum(Danger, by_value=True)
    last_day = fields.Date(allow_none=True)


class RisksSchema(Schema):
    """Topics at risk, the most urgent first."""

    at_risk = fields.List(fields.Nested(AtRiskSchema))


class WaySchema(Schema):
    """Where on the map to look."""

    way = fields.String(
        load_default="",
        validate=validate.Regexp(r"^(?:\d{1,3}(?:-\d{1,3}){0,7})?\Z"),
        metadata={"description": "Numbers of groups, from the outermost on, such as 3-0."},
    )


class GroupSchema(Schema):
    """Passages that are near each other in meaning."""

    way = fields.String()
    passages = fields.Integer()
    words = fields.List(fields.String(), metadata={"description": "The most telling ones."})
    x = fields.Float(metadata={"description": "From -1 to 1."})
    y = fields.Float()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SpotSchema(Schema):
    """One passage, and where it lies."""

    passage_id = fields.Integer()
    session_id = fields.Integer()
    text = fields.String()
    start = fields.Float(allow_none=True)
    x = fields.Float()
    y = fields.Float()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class MapSchema(Schema):
    """The passages by meaning, as far as one may see them: groups, or single passages."""

    way = fields.String()
    passages = fields.Integer()
    groups = fields.List(fields.Nested(GroupSchema))
    spots = fields.List(fields.Nested(SpotSchema))
    drawing = fields.Boolean(metadata={"description": "Whether a newer map is being drawn."})
    drawn_at = fields.AwareDateTime(allow_none=True)


class HelperSchema(Schema):
    """Somebody who offers to help with such a thing."""

    person_id = fields.Integer()
    name = fields.String()


class GapSchema(Schema):
    """Something that several people asked and found little on."""

    people = fields.Integer()
    question = fields.String(
        metadata={"description": "As enough of them put it; empty: they put it differently."}
    )
    words = fields.List(fields.String(), metadata={"description": "That enough of them used."})
    helpers = fields.List(fields.Nested(HelperSchema))


class GapsSchema(Schema):
    """What is asked and not answered, those of most people first."""

    counted = fields.Boolean(metadata={"description": "Whether the library counts this at all."})
    least = fields.Integer(metadata={"description": "People from which on a gap is told."})
    untold = fields.Integer(metadata={"description": "Groups of people who share no word."})
    gaps = fields.List(fields.Nested(GapSchema))


class ConditionSchema(Schema):
    """How the library is, for administrators."""

    searchable = fields.Integer()
    total = fields.Integer()
    kept_bytes = fields.Integer()
    free_bytes = fields.Integer()
    jobs = fields.Dict(keys=fields.String(), values=fields.Integer())
    first_backup = fields.DateTime(allow_none=True)
    last_backup = fields.DateTime(allow_none=True)
    backup_is_due = fields.Boolean()
    wrong = fields.Integer(
        allow_none=True, metadata={"description": "What the last look found; null before it."}
    )
