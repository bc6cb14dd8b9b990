"""API resources for sealed originals; for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.removal import originals
from web.http.context import library, viewer
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.schemas import CleanText, PageSchema, RequestSchema
from web.removal.sealed_originals import as_file


class SealedSchema(Schema):
    """An original file from before a redaction, which is kept encrypted."""

    id = fields.Integer()
    session_id = fields.Integer()
    source_id = fields.Integer(allow_none=True)
    filename = fields.String()
    size = fields.Integer(metadata={"description": "Size in bytes."})
    sealed_at = fields.AwareDateTime()


class SealedListSchema(Schema):
    """One page of the sealed originals, newest first."""

    sealed = fields.List(fields.Nested(SealedSchema))
    next = fields.String(allow_none=True)


class ReasonSchema(RequestSchema):
    """Reason for which a sealed original is opened."""

    reason = CleanText(
        required=True,
        validate=validate.Length(1, originals.LONGEST_REASON),
        metadata={"description": "Written to the audit log."},
    )


bp = Blueprint(
    "api_sealed",
    __name__,
    url_prefix="/api/v1/sealed-originals",
    description="Originals from before a redaction; for administrators.",
)
FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, SealedListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the sealed originals, newest first, without their content."""
    with library().reading() as db:
        shown, last = split_page(page, page_in_memory(page, originals.sealed(db, viewer())))
    return {"sealed": shown, "next": next_url("api_sealed.index", page, last)}


@bp.post("/<int:sealed_id>/open")
@bp.arguments(ReasonSchema)
@bp.doc(responses={200: {"description": "The original file.", "content": FILE}})
def opened(given: dict[str, Any], sealed_id: int) -> Response:
    """Download a sealed original. The person and the reason are written to the audit log."""
    return as_file(*originals.open_sealed(library(), viewer(), sealed_id, given["reason"]))
