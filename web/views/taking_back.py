"""Taking back one recording, note or transcript of a session, whose other parts stay."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from library.holdings import passages
from library.models import Source
from library.store import Transaction
from library.withdrawal import taking_back
from web.context import library, viewer

bp = Blueprint("taking_back", __name__)

ADDRESS = "/sessions/<int:session_id>/parts/<int:source_id>/remove"


@bp.get(ADDRESS)
def ask(session_id: int, source_id: int) -> str:
    """Say what would be lost."""
    with library().reading() as db:
        return render_template(
            "mine/remove_part.html",
            source=_source(db, session_id, source_id),
            passages=passages.count_of_source(db, source_id),
        )


@bp.post(ADDRESS)
def remove(session_id: int, source_id: int) -> ResponseReturnValue:
    """Take it back for good; the receipt says so."""
    with library().reading() as db:
        _source(db, session_id, source_id)
    receipt = taking_back.take_back_source(library(), viewer(), source_id)
    return redirect(url_for("receipts.page", receipt_id=receipt.id))


def _source(db: Transaction, session_id: int, source_id: int) -> Source:
    source = taking_back.source_to_take_back(db, viewer(), source_id)
    if source.session_id != session_id:
        abort(404)
    return source
