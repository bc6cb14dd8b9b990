"""The consent ledger from a program: read page by page, and verified; for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from collections.abc import Sequence
from typing import Any

from flask_smorest import Blueprint

from library.access import require_admin
from library.consent import ledger
from library.models import LedgerEntry
from library.store import Transaction
from web.context import library, viewer
from web.views.api.paging import asked, cut, following
from web.views.api.trust_schemas import EntryListSchema, LedgerPageSchema, VerifiedSchema

bp = Blueprint(
    "api_ledger",
    __name__,
    url_prefix="/api/v1/ledger",
    description="Who agreed to what, when, in which words; for administrators.",
)


@bp.get("")
@bp.arguments(LedgerPageSchema, location="query")
@bp.response(200, EntryListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The entries of the ledger, newest first: of one session, or of all."""
    session_id = page["session_id"]
    with library().reading() as db:
        require_admin(viewer())
        shown, last = cut(page, ledger.entries(db, session_id=session_id, **asked(page)))
        listed = _written(db, shown)
    more = following("api_ledger.index", page, last, session_id=session_id)
    return {"entries": listed, "next": more}


@bp.get("/verification")
@bp.response(200, VerifiedSchema)
def verified() -> dict[str, Any]:
    """Whether every entry is what was written, in its place, as `living-history verify` checks it.

    Who keeps the hash of the newest entry elsewhere can tell whether the end was cut off, too.
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
    said = ledger.texts(db, entries)
    return [
        {
            "id": entry.id,
            "content": entry.content,
            "words": said.get(entry.content.get("words") or "", ""),
            "reason": said.get(entry.content.get("reason") or "", ""),
            "previous": entry.previous,
            "hash": entry.hash,
        }
        for entry in entries
    ]
