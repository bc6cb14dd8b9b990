"""Health endpoint for monitoring."""

from flask import Blueprint, Response, jsonify

from library.accounts import people
from web.http.context import library

bp = Blueprint("healthz", __name__)


@bp.get("/healthz")
def page() -> Response:
    """Return status ok if the site responds and its database can be read."""
    with library().reading() as db:
        people.has_admin(db)
    return jsonify(status="ok")
