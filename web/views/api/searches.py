"""Searches that somebody keeps, and how often letters come about them, from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.errors import NotAllowedError
from library.models import SavedSearch
from library.searching import alerts, searches
from web import asking
from web.context import library, viewer
from web.views.api.curating_schemas import (
    RhythmSchema,
    SavedSearchListSchema,
    SavedSearchSchema,
    SearchWantedSchema,
)
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import PageSchema

bp = Blueprint(
    "api_searches", __name__, url_prefix="/api/v1/searches", description="What you keep asking."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, SavedSearchListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The searches that you keep, newest first."""
    _require_member()
    with library().reading() as db:
        shown, last = cut(page, behind(page, searches.saved(db, viewer())))
        listed = [_written(search) for search in shown]
    return {"searches": listed, "next": following("api_searches.index", page, last)}


@bp.post("")
@bp.arguments(SearchWantedSchema)
@bp.response(201, SavedSearchSchema)
def add(given: dict[str, Any]) -> Answer:
    """Keep a search, and say whether letters come about it."""
    _require_member()
    asked = asking.asked({**given["filters"], "q": given["question"]})
    with library().transaction() as db:
        kept = searches.save(
            db, viewer(), name=given["name"], question=asked.question, filters=asked.chosen
        )
        if given["rhythm"] is not None:
            alerts.subscribe(db, viewer(), kept.id, given["rhythm"])
        content = _written(kept)
    return content, 201, {"ETag": tag_of(content), "Location": content["links"]["self"]}


@bp.get("/<int:search_id>")
@bp.response(200, SavedSearchSchema)
def one(search_id: int) -> Answer:
    """A search that you keep; its ETag is what a change has to name."""
    _require_member()
    with library().reading() as db:
        content = _written(searches.get(db, viewer(), search_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/<int:search_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(RhythmSchema)
@bp.response(200, SavedSearchSchema)
def change(given: dict[str, Any], search_id: int) -> Answer:
    """Say how often letters come about what is new for it."""
    _require_member()
    with library().transaction() as db:
        require_match(tag_of(_written(searches.get(db, viewer(), search_id))))
        content = _written(alerts.subscribe(db, viewer(), search_id, given["rhythm"]))
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("/<int:search_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(search_id: int) -> None:
    """Keep a search no longer."""
    _require_member()
    with library().transaction() as db:
        require_match(tag_of(_written(searches.get(db, viewer(), search_id))))
        searches.remove(db, viewer(), search_id)


def _require_member() -> None:
    if not viewer().is_member:
        raise NotAllowedError


def _written(search: SavedSearch) -> dict[str, Any]:
    return {
        "id": search.id,
        "name": search.name,
        "question": search.question,
        "filters": search.filters,
        "rhythm": search.rhythm,
        "created_at": search.created_at,
        "links": {
            "self": url_for("api_searches.one", search_id=search.id),
            "page": asking.address_of(search.question, search.filters),
        },
    }
