"""Stable addresses of passages, which lead to where their words are now."""

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from library import reading
from web import addresses
from web.context import library, viewer

bp = Blueprint("passages", __name__)


@bp.get("/passages/<int:passage_id>")
@bp.get("/p/<int:passage_id>")
def page(passage_id: int) -> Response:
    """Lead to the second, or the paragraph, of a passage."""
    with library().reading() as db:
        there = reading.landing(db, viewer(), passage_id)
    where = addresses.place(
        session_id=there.session_id,
        source_id=there.source_id,
        start=there.start,
        fragment=f"{'p' if there.start is None else 's'}{there.segment}",
    )
    return redirect(where)
