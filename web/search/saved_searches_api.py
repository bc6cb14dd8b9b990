"""API resources for saved searches and their e-mail alerts."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.discovery import alerts, saved_searches
from library.errors import NotAllowedError
from library.models import AlertFrequency, SavedSearch
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.response_fields import Links
from web.openapi.schemas import CleanText, PageSchema, RequestSchema
from web.search import query
from web.search.query import NAMES

WORDS = validate.Length(max=200)


RHYTHM = {"description": "How often an e-mail alert about new results is sent."}


class SearchWantedSchema(RequestSchema):
    """A search to save. An earlier saved search with this name is replaced."""

    question = CleanText(required=True, validate=validate.Length(1, 1000))
    name = CleanText(load_default="", validate=WORDS)
    filters = fields.Dict(
        keys=fields.String(validate=validate.OneOf(NAMES)),
        values=CleanText(validate=WORDS),
        load_default=dict,
        metadata={"description": "Filter parameters as in the URL of a search."},
    )
    rhythm = fields.Enum(AlertFrequency, by_value=True, load_default=None, metadata=RHYTHM)


class RhythmSchema(RequestSchema):
    """Frequency of e-mail alerts."""

    rhythm = fields.Enum(AlertFrequency, by_value=True, required=True, metadata=RHYTHM)


def _page(search: SavedSearch) -> str:
    return query.address_of(search.question, search.filters)


class SavedSearchSchema(Schema):
    """A saved search with its filters and the frequency of its e-mail alerts."""

    id = fields.Integer()
    name = fields.String()
    question = fields.String()
    filters = fields.Dict(keys=fields.String(), values=fields.String())
    rhythm = fields.Enum(AlertFrequency, by_value=True, metadata=RHYTHM)
    created_at = fields.AwareDateTime()
    links = Links({"self": "api_searches.one", "page": _page}, search_id="id")


class SavedSearchListSchema(Schema):
    """One page of your saved searches, newest first."""

    searches = fields.List(fields.Nested(SavedSearchSchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_searches", __name__, url_prefix="/api/v1/searches", description="Your saved searches."
)

Answer = tuple[SavedSearch, int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, SavedSearchListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List your saved searches, newest first."""
    _require_member()
    with library().reading() as db:
        shown, last = split_page(page, page_in_memory(page, saved_searches.saved(db, viewer())))
    return {"searches": shown, "next": next_url("api_searches.index", page, last)}


@bp.post("")
@bp.arguments(SearchWantedSchema)
@bp.response(201, SavedSearchSchema)
def add(given: dict[str, Any]) -> Answer:
    """Save a search and set its e-mail alerts."""
    _require_member()
    asked = query.parse({**given["filters"], "q": given["question"]})
    with library().transaction() as db:
        saved = saved_searches.save(
            db, viewer(), name=given["name"], question=asked.question, filters=asked.chosen
        )
        if given["rhythm"] is not None:
            alerts.subscribe(db, viewer(), saved.id, given["rhythm"])
    where = url_for("api_searches.one", search_id=saved.id)
    return saved, 201, {"ETag": tag_of_row(SavedSearchSchema(), saved), "Location": where}


@bp.get("/<int:search_id>")
@bp.response(200, SavedSearchSchema)
def one(search_id: int) -> Answer:
    """Return a saved search. Send its ETag as If-Match to change or delete it."""
    _require_member()
    with library().reading() as db:
        saved = saved_searches.get(db, viewer(), search_id)
    return saved, 200, {"ETag": tag_of_row(SavedSearchSchema(), saved)}


@bp.patch("/<int:search_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(RhythmSchema)
@bp.response(200, SavedSearchSchema)
def change(given: dict[str, Any], search_id: int) -> Answer:
    """Set how often e-mail alerts about new results of a saved search are sent."""
    _require_member()
    with library().transaction() as db:
        require_match(tag_of_row(SavedSearchSchema(), saved_searches.get(db, viewer(), search_id)))
        saved = alerts.subscribe(db, viewer(), search_id, given["rhythm"])
    return saved, 200, {"ETag": tag_of_row(SavedSearchSchema(), saved)}


@bp.delete("/<int:search_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(search_id: int) -> None:
    """Delete a saved search."""
    _require_member()
    with library().transaction() as db:
        require_match(tag_of_row(SavedSearchSchema(), saved_searches.get(db, viewer(), search_id)))
        saved_searches.remove(db, viewer(), search_id)


def _require_member() -> None:
    if not viewer().is_member:
        raise NotAllowedError
