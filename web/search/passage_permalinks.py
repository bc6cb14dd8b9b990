"""Permanent URLs of passages, which redirect to their current position, and related passages."""

from flask import Blueprint, abort, redirect, render_template
from werkzeug.wrappers import Response

from library.errors import NotFoundError
from library.sessions import read_models
from library.translation import gettext
from web.http.context import engine, library, viewer
from web.rendering import urls

bp = Blueprint("passages", __name__)


@bp.get("/passages/<int:passage_id>")
@bp.get("/p/<int:passage_id>")
def page(passage_id: int) -> Response:
    """Redirect to the second or paragraph where a passage currently is."""
    return redirect(_address(passage_id))


@bp.get("/passages/<int:passage_id>/related")
def related(passage_id: int) -> str:
    """Show passages on the same subject, in this and other sessions."""
    back = _address(passage_id)
    return render_template(
        "search/related.html",
        back=back,
        quotes=engine().related(passage_id, viewer()),
        moment=urls.moment,
        sound=urls.sound,
    )


def _address(passage_id: int) -> str:
    with library().reading() as db:
        try:
            found = read_models.moment_of_passage(db, viewer(), passage_id)
        except NotFoundError:
            if read_models.is_gone(db, viewer(), passage_id):
                abort(410, gettext("These words were removed from the library with their session."))
            raise
    anchor_kind = "p" if found.start is None else "s"
    return urls.position_url(
        session_id=found.session_id,
        source_id=found.source_id,
        start=found.start,
        fragment=f"{anchor_kind}{found.segment}",
    )
