"""Originals under seal from a program; for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from library.withdrawal import originals
from web.context import library, viewer
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import PageSchema
from web.views.api.trust_schemas import ReasonSchema, SealedListSchema
from web.views.sealed import as_file

bp = Blueprint(
    "api_sealed",
    __name__,
    url_prefix="/api/v1/sealed-originals",
    description="What was before something was taken off the record; for administrators.",
)
FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, SealedListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """What is under seal, the newest first; by name and size, not by its bytes."""
    with library().reading() as db:
        shown, last = cut(page, behind(page, originals.sealed(db, viewer())))
    return {"sealed": shown, "next": following("api_sealed.index", page, last)}


@bp.post("/<int:sealed_id>/open")
@bp.arguments(ReasonSchema)
@bp.doc(responses={200: {"description": "The original as it was.", "content": FILE}})
def opened(given: dict[str, Any], sealed_id: int) -> Response:
    """The original as it was; who asked, and why, is written into the audit log."""
    return as_file(*originals.open_sealed(library(), viewer(), sealed_id, given["reason"]))
