"""Pages that take back one source of a session. The other sources stay."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from library.models import Source
from library.removal import take_back
from library.sessions import passages
from library.store import Transaction
from web.http.context import library, viewer

bp = Blueprint("taking_back", __name__)

ADDRESS = "/sessions/<int:session_id>/parts/<int:source_id>/remove"


@bp.get(ADDRESS)
def ask(session_id: int, source_id: int) -> str:
    """Show what will be lost if the source is taken back, and ask for confirmation."""
    with library().reading() as db:
        return render_template(
            "removal/take_back_part.html",
            source=_source(db, session_id, source_id),
            passages=passages.count_of_source(db, source_id),
        )


@bp.post(ADDRESS)
def remove(session_id: int, source_id: int) -> ResponseReturnValue:
    """Take the source back for good and show the receipt."""
    with library().reading() as db:
        _source(db, session_id, source_id)
    receipt = take_back.take_back_source(library(), viewer(), source_id)
    return redirect(url_for("receipts.page", receipt_id=receipt.id))


def _source(db: Transaction, session_id: int, source_id: int) -> Source:
    source = take_back.source_to_take_back(db, viewer(), source_id)
    if source.session_id != session_id:
        abort(404)
    return source
