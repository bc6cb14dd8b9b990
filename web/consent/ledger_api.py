"""API resources of the consent ledger: its entries and their verification, for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from collections.abc import Sequence
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.access import require_admin
from library.consent import ledger
from library.models import LedgerEntry
from library.store import Transaction
from web.http.context import library, viewer
from web.http.paging import next_url, query_args, split_page
from web.openapi.schemas import AN_ID, PageSchema


class LedgerPageSchema(PageSchema):
    """Filter of ledger entries."""

    session_id = fields.Integer(
        load_default=None, validate=AN_ID, metadata={"description": "Only entries of this session."}
    )


class EntrySchema(Schema):
    """Ledger entry: ids, hashes of texts, and the hashes that form the chain.

    `hash` is the SHA-256 of one JSON object in canonical form (RFC 8785). The object has the fields
    of `content` and the field `previous`, the hash of the entry before.
    """

    id = fields.Integer()
    content = fields.Dict()
    words = fields.String(
        metadata={
            "description": "Statement that was shown to the person. `content` holds its hash."
        }
    )
    reason = fields.String(metadata={"description": "Reason that the person gave."})
    previous = fields.String()
    hash = fields.String()


class EntryListSchema(Schema):
    """One page of the ledger, newest entry first."""

    entries = fields.List(fields.Nested(EntrySchema))
    next = fields.String(allow_none=True)


class VerifiedSchema(Schema):
    """Result of the verification of the hash chain."""

    holds = fields.Boolean()
    objections = fields.List(fields.String())
    last = fields.Integer(allow_none=True, metadata={"description": "Id of the newest entry."})
    hash = fields.String(
        allow_none=True, metadata={"description": "Hash of the newest entry. Store it elsewhere."}
    )


bp = Blueprint(
    "api_ledger",
    __name__,
    url_prefix="/api/v1/ledger",
    description="Consent ledger, for administrators.",
)


@bp.get("")
@bp.arguments(LedgerPageSchema, location="query")
@bp.response(200, EntryListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the ledger entries of one session or of all sessions, newest first."""
    session_id = page["session_id"]
    with library().reading() as db:
        require_admin(viewer())
        shown, last = split_page(
            page, ledger.entries(db, session_id=session_id, **query_args(page))
        )
        listed = _written(db, shown)
    more = next_url("api_ledger.index", page, last, session_id=session_id)
    return {"entries": listed, "next": more}


@bp.get("/verification")
@bp.response(200, VerifiedSchema)
def verified() -> dict[str, Any]:
    """Verify the hash chain of the ledger, as `living-history verify` does.

    Store the hash of the newest entry elsewhere. With it you can detect a ledger whose end was cut
    off.
    """
    with library().reading() as db:
        require_admin(viewer())
        objections = list(ledger.objections(db))
        newest = next(iter(ledger.entries(db, limit=1)), None)
        return {
            "holds": not objections,
            "objections": objections,
            "last": newest.id if newest else None,
            "hash": newest.hash if newest else None,
        }


def _written(db: Transaction, entries: Sequence[LedgerEntry]) -> list[dict[str, Any]]:
    texts = ledger.texts(db, entries)
    return [
        {
            "id": entry.id,
            "content": entry.content,
            "words": texts.get(entry.content.get("words") or "", ""),
            "reason": texts.get(entry.content.get("reason") or "", ""),
            "previous": entry.previous,
            "hash": entry.hash,
        }
        for entry in entries
    ]
