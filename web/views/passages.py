"""Stable addresses of passages, which lead to where their words are now, and to what is related."""

from flask import Blueprint, abort, redirect, render_template
from werkzeug.wrappers import Response

from library.errors import NotFoundError
from library.holdings import reading
from web import addresses
from web.context import engine, library, viewer

bp = Blueprint("passages", __name__)


@bp.get("/passages/<int:passage_id>")
@bp.get("/p/<int:passage_id>")
def page(passage_id: int) -> Response:
    """Lead to the second, or the paragraph, where the words of a passage are now."""
    return redirect(_address(passage_id))


@bp.get("/passages/<int:passage_id>/related")
def related(passage_id: int) -> str:
    """What others, or the same people elsewhere, said of the subject of a passage."""
    back = _address(passage_id)
    return render_template(
        "passages/related.html",
        back=back,
        quotes=engine().related(passage_id, viewer()),
        moment=addresses.moment,
        sound=addresses.sound,
    )


def _address(passage_id: int) -> str:
    with library().reading() as db:
        try:
            found = reading.landing(db, viewer(), passage_id)
        except NotFoundError:
            if reading.is_gone(db, viewer(), passage_id):
                abort(410, "These words were removed from the library with their session.")
            raise
    letter = "p" if found.start is None else "s"
    return addresses.place(
        session_id=found.session_id,
        source_id=found.source_id,
        start=found.start,
        fragment=f"{letter}{found.segment}",
    )
