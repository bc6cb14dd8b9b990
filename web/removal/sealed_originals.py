"""Sealed originals: list for administrators, and download with a reason for the audit log."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, render_template, request

from library.removal import originals
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer

bp = admin_blueprint("sealed", __name__, "/care/sealed")


@bp.get("/")
def page() -> str:
    """List the sealed originals."""
    with library().reading() as db:
        return render_template(
            "removal/sealed_originals.html", sealed=originals.sealed(db, viewer())
        )


@bp.post("/<int:sealed_id>")
def opened(sealed_id: int) -> Response:
    """Download a sealed original."""
    reason = params.text(request.form, "reason", longest=originals.LONGEST_REASON)
    return as_file(*originals.open_sealed(library(), viewer(), sealed_id, reason))


def as_file(name: str, pieces: Iterator[bytes]) -> Response:
    """Return a file as an attachment that must not be cached."""
    response = Response(pieces, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response
