"""API resource that takes one part of a session back for good, and the schema of receipts."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.access import session_to_edit
from library.errors import NotFoundError
from library.models import Receipt
from library.removal import removal_receipts
from library.removal import take_back as taking_back
from library.sessions import sources
from web.http.context import library, viewer

bp = Blueprint(
    "api_receipts", __name__, url_prefix="/api/v1", description="Removal for good, and receipts."
)


class ReceiptSchema(Schema):
    """Receipt of a removal. `living-history check-receipt` verifies it."""

    id = fields.Integer()
    receipt = fields.Dict(
        metadata={
            "description": "Content of the receipt's JSON file. `promise` holds three "
            "lines with their times. `completed_at` is null until the second line is completed."
        }
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.delete("/sessions/<int:session_id>/sources/<int:source_id>")
@bp.response(200, ReceiptSchema)
def take_back(session_id: int, source_id: int) -> dict[str, Any]:
    """Remove one recording, note or transcript of a session for good.

    The receipt says by when this part is removed from the disk. The other parts of the session
    stay. The last part can only be removed together with the session.
    """
    with library().reading() as db:
        session_to_edit(db, viewer(), session_id)
        if sources.visible_source(db, viewer(), source_id).session_id != session_id:
            raise NotFoundError("This session does not contain the recording or note.")
    return written(taking_back.take_back_source(library(), viewer(), source_id))


def written(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt in the form of `ReceiptSchema`."""
    with library().reading() as db:
        content = removal_receipts.as_file(db, receipt)
    return {
        "id": receipt.id,
        "receipt": content,
        "links": {
            "self": url_for("receipts.as_json", receipt_id=receipt.id),
            "page": url_for("receipts.page", receipt_id=receipt.id),
        },
    }
