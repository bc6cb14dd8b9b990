"""API resources of the Explore page; for members."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import require_member
from library.overview import growth, status, topic_coverage
from library.overview.status import Status
from library.overview.topic_coverage import RiskReason
from search.overview.gaps import Gaps
from search.overview.topic_map import Group, MapLevel, MapPoint
from web.http.context import engine, library, viewer
from web.overview import overview as page

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"


class GrownSchema(Schema):
    """Sessions and audio added in a month, and the totals at its end."""

    month = fields.String(
        attribute="span.name", metadata={"description": "Month in UTC, such as 2026-03."}
    )
    sessions = fields.Integer()
    seconds = fields.Float(metadata={"description": "Duration of the added audio, in seconds."})
    sessions_by_then = fields.Integer()
    seconds_by_then = fields.Float()


class GrowthSchema(Schema):
    """All months since the first session."""

    months = fields.List(fields.Nested(GrownSchema))


class HolderSchema(Schema):
    """A person who speaks about a topic and is not a mentee."""

    person_id = fields.Integer()
    name = fields.String()
    sessions = fields.Integer()
    leaves_on = fields.Date(
        allow_none=True, metadata={"description": "Shown to administrators only."}
    )


class TopicSizeSchema(Schema):
    """A confirmed topic, and the people who speak about it."""

    topic_id = fields.Integer()
    label = fields.String()
    sessions = fields.Integer()
    seconds = fields.Float()
    holders = fields.List(fields.Nested(HolderSchema))


class TopicSizesSchema(Schema):
    """Confirmed topics, most sessions first."""

    topics = fields.List(fields.Nested(TopicSizeSchema))


class AtRiskSchema(Schema):
    """A topic whose knowledge may be lost."""

    topic = fields.Nested(TopicSizeSchema)
    danger = fields.Enum(RiskReason, by_value=True)
    last_day = fields.Date(allow_none=True)


class RisksSchema(Schema):
    """Topics whose knowledge may be lost, most urgent first."""

    at_risk = fields.List(fields.Nested(AtRiskSchema))


class WaySchema(Schema):
    """Position in the topic map: the groups that were opened."""

    way = fields.String(
        load_default="",
        validate=validate.Regexp(r"^(?:\d{1,3}(?:-\d{1,3}){0,7})?\Z"),
        metadata={"description": "Group numbers from the top level down, such as 3-0."},
    )


class GroupSchema(Schema):
    """A group of passages with similar meaning."""

    way = fields.String()
    passages = fields.Integer()
    words = fields.List(fields.String(), metadata={"description": "Most characteristic words."})
    x = fields.Float(metadata={"description": "Coordinate from -1 to 1."})
    y = fields.Float()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class SpotSchema(Schema):
    """A passage and its position in the map."""

    passage_id = fields.Integer()
    session_id = fields.Integer()
    text = fields.String()
    start = fields.Float(allow_none=True)
    x = fields.Float()
    y = fields.Float()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class MapSchema(Schema):
    """One level of the topic map, limited to what you may see: groups or single passages."""

    way = fields.String()
    passages = fields.Integer()
    groups = fields.List(fields.Nested(GroupSchema))
    spots = fields.List(fields.Nested(SpotSchema))
    drawing = fields.Boolean(metadata={"description": "True while a newer map is being computed."})
    drawn_at = fields.AwareDateTime(allow_none=True)


class HelperSchema(Schema):
    """A person whose profile offers help with the subject of the question."""

    person_id = fields.Integer(attribute="id")
    name = fields.String()


class GapSchema(Schema):
    """An unanswered question of several people."""

    people = fields.Integer()
    question = fields.String(
        metadata={"description": "Wording that enough people used; empty if their wordings differ."}
    )
    words = fields.List(fields.String(), metadata={"description": "Words that enough people used."})
    helpers = fields.List(fields.Nested(HelperSchema))


class GapsSchema(Schema):
    """Unanswered questions, most people first."""

    counted = fields.Boolean(
        attribute="on",
        metadata={"description": "True if the library counts unanswered questions."},
    )
    least = fields.Integer(
        metadata={"description": "Minimum number of people before a question is listed."}
    )
    untold = fields.Integer(
        metadata={
            "description": "Number of groups that are not listed, because they share no word."
        }
    )
    gaps = fields.List(fields.Nested(GapSchema), attribute="told")


class ConditionSchema(Schema):
    """System status, for administrators."""

    searchable = fields.Integer()
    total = fields.Integer()
    kept_bytes = fields.Integer()
    free_bytes = fields.Integer()
    jobs = fields.Dict(keys=fields.String(), values=fields.Integer())
    first_backup = fields.DateTime(allow_none=True)
    last_backup = fields.DateTime(allow_none=True)
    backup_is_due = fields.Boolean()
    wrong = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Problems that the last check found; null before the first check."
        },
    )


bp = Blueprint(
    "api_overview",
    __name__,
    url_prefix="/api/v1/overview",
    description="Statistics of the library, limited to what you may see.",
)


@bp.before_request
def only_members() -> None:
    """Require a member.

    Raises:
        NotAllowedError: The viewer is a guest.
    """
    require_member(viewer())


@bp.get("/growth")
@bp.response(200, GrowthSchema)
def grown() -> dict[str, Any]:
    """Return the growth of the library by month."""
    with library().reading() as db:
        return {"months": growth.growth(db, viewer())}


@bp.get("/topics")
@bp.response(200, TopicSizesSchema)
def sizes() -> dict[str, Any]:
    """List confirmed topics with their sessions and speakers, largest first."""
    with library().reading() as db:
        return {"topics": topic_coverage.sizes(db, viewer())}


@bp.get("/at-risk")
@bp.response(200, RisksSchema)
def at_risk() -> dict[str, Any]:
    """List topics with only one speaker, or whose speakers have all left or leave soon."""
    with library().reading() as db:
        return {"at_risk": topic_coverage.at_risk(topic_coverage.sizes(db, viewer()))}


@bp.get("/map")
@bp.arguments(WaySchema, location="query")
@bp.response(200, MapSchema)
def landscape(given: dict[str, Any]) -> dict[str, Any]:
    """Return one level of the topic map."""
    path = page.path_of(given["way"])
    found = engine().landscape(viewer(), path) or MapLevel(path, (), 0)
    return {
        "way": page.written(found.path),
        "passages": found.passages,
        "groups": [_group(group) for group in found.groups],
        "spots": [_spot(spot) for spot in found.spots],
        "drawing": found.drawing,
        "drawn_at": found.drawn_at,
    }


@bp.get("/gaps")
@bp.response(200, GapsSchema)
def gaps() -> Gaps:
    """List the questions that several people asked without an answer, if counting is on."""
    return engine().gaps(viewer())


@bp.get("/condition")
@bp.response(200, ConditionSchema)
def state() -> Status:
    """Return the system status; for administrators."""
    with library().reading() as db:
        return status.status(library(), db, viewer())


def _group(group: Group) -> dict[str, Any]:
    way = page.written(group.path)
    return {
        "way": way,
        "passages": group.passages,
        "words": group.words,
        "x": group.place[0],
        "y": group.place[1],
        "links": {"self": url_for("api_overview.landscape", way=way), "page": page.into(group)},
    }


def _spot(spot: MapPoint) -> dict[str, Any]:
    passage = spot.passage
    return {
        "passage_id": spot.passage_id,
        "session_id": passage.session_id if passage else None,
        "text": passage.text if passage else "",
        "start": passage.start if passage else None,
        "x": spot.place[0],
        "y": spot.place[1],
        "links": {"passage": url_for("passages.page", passage_id=spot.passage_id)},
    }
