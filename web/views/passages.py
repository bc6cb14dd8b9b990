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
        passage = reading.place_of(db, viewer(), passage_id)
        letter = "p" if passage.start is None else "s"
        where = addresses.place(
            session_id=passage.session_id,
            source_id=passage.source_id,
            start=passage.start,
            fragment=f"{letter}{passage.first_segment}",
        )
    return redirect(where)
