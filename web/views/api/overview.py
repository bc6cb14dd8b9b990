"""The numbers behind the overview, for programs of members."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import require_member
from library.overview import condition, growth, topics
from search.landscape import Group, Landscape, Spot
from web.context import engine, library, viewer
from web.views import overview as page
from web.views.api.overview_schemas import (
    ConditionSchema,
    GapsSchema,
    GrowthSchema,
    MapSchema,
    RisksSchema,
    TopicSizesSchema,
    WaySchema,
)

bp = Blueprint(
    "api_overview",
    __name__,
    url_prefix="/api/v1/overview",
    description="What there is as a whole, of what you may see.",
)


@bp.before_request
def only_members() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for guests.
    """
    require_member(viewer())


@bp.get("/growth")
@bp.response(200, GrowthSchema)
def grown() -> dict[str, Any]:
    """What was added, month by month."""
    with library().reading() as db:
        months = growth.growth(db, viewer())
    return {
        "months": [
            {
                "month": month.span.name,
                "sessions": month.sessions,
                "seconds": month.seconds,
                "sessions_by_then": month.sessions_by_then,
                "seconds_by_then": month.seconds_by_then,
            }
            for month in months
        ]
    }


@bp.get("/topics")
@bp.response(200, TopicSizesSchema)
def sizes() -> dict[str, Any]:
    """Confirmed topics with their sessions and voices, the largest first."""
    with library().reading() as db:
        return {"topics": topics.sizes(db, viewer())}


@bp.get("/at-risk")
@bp.response(200, RisksSchema)
def at_risk() -> dict[str, Any]:
    """Topics held by one voice or by people who leave soon."""
    with library().reading() as db:
        return {"at_risk": topics.at_risk(topics.sizes(db, viewer()))}


@bp.get("/map")
@bp.arguments(WaySchema, location="query")
@bp.response(200, MapSchema)
def landscape(given: dict[str, Any]) -> dict[str, Any]:
    """The passages by meaning, from one place of the map."""
    path = page.path_of(given["way"])
    found = engine().landscape(viewer(), path) or Landscape(path, (), 0)
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
def gaps() -> dict[str, Any]:
    """What several people asked and found little on, where the library counts that."""
    found = engine().gaps(viewer())
    return {
        "counted": found.on,
        "least": found.least,
        "untold": found.untold,
        "gaps": [
            {
                "people": gap.people,
                "question": gap.question,
                "words": gap.words,
                "helpers": [{"person_id": p.id, "name": p.name} for p in gap.helpers],
            }
            for gap in found.told
        ],
    }


@bp.get("/condition")
@bp.response(200, ConditionSchema)
def state() -> dict[str, Any]:
    """How the library is; for administrators."""
    with library().reading() as db:
        found = condition.condition(library(), db, viewer())
    return {**vars(found), "backup_is_due": found.backup_is_due}


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


def _spot(spot: Spot) -> dict[str, Any]:
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
