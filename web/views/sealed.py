"""Originals under seal: listed for administrators, opened with a reason that is written down."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request

from library.access import require_admin
from library.withdrawal import originals
from web import parameters
from web.context import library, viewer

bp = Blueprint("sealed", __name__, url_prefix="/care/sealed")


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/")
def page() -> str:
    """What is under seal."""
    with library().reading() as db:
        return render_template("care/sealed.html", sealed=originals.sealed(db, viewer()))


@bp.post("/<int:sealed_id>")
def opened(sealed_id: int) -> Response:
    """The original as it was, to be saved."""
    reason = parameters.text(request.form, "reason", longest=originals.LONGEST_REASON)
    return as_file(*originals.open_sealed(library(), viewer(), sealed_id, reason))


def as_file(name: str, pieces: Iterator[bytes]) -> Response:
    """An original to be saved, and kept by nobody on the way."""
    response = Response(pieces, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response
