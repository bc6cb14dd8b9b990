"""Take one part of a session back for good from a program, and the receipts of what went."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.access import session_to_edit
from library.errors import NotFoundError
from library.holdings import sources
from library.models import Receipt
from library.withdrawal import removed, taking_back
from web.context import library, viewer

bp = Blueprint(
    "api_receipts", __name__, url_prefix="/api/v1", description="What was taken back, and proof."
)


class ReceiptSchema(Schema):
    """What was removed for good; `living-history check-receipt` checks the receipt."""

    id = fields.Integer()
    receipt = fields.Dict(
        metadata={
            "description": "The receipt itself, as its JSON file has it. `promise` holds three "
            "lines with their times; `completed_at` is null until the second of them is done."
        }
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.delete("/sessions/<int:session_id>/sources/<int:source_id>")
@bp.response(200, ReceiptSchema)
def take_back(session_id: int, source_id: int) -> dict[str, Any]:
    """Remove one recording, note or transcript of a session for good.

    The receipt says by when it is gone from the disk. Its other parts stay; what is the last of
    them goes with the session only.
    """
    with library().reading() as db:
        session_to_edit(db, viewer(), session_id)
        if sources.visible_source(db, viewer(), source_id).session_id != session_id:
            raise NotFoundError("There is no such recording or note in this session.")
    return written(taking_back.take_back_source(library(), viewer(), source_id))


def written(receipt: Receipt) -> dict[str, Any]:
    """A receipt as the API gives it."""
    with library().reading() as db:
        content = removed.as_file(db, receipt)
    return {
        "id": receipt.id,
        "receipt": content,
        "links": {
            "self": url_for("receipts.as_json", receipt_id=receipt.id),
            "page": url_for("receipts.page", receipt_id=receipt.id),
        },
    }
