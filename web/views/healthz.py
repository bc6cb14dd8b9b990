"""Whether the site answers and its database can be read."""

from flask import Blueprint, Response, jsonify

from library.accounts import people
from web.context import library

bp = Blueprint("healthz", __name__)


@bp.get("/healthz")
def page() -> Response:
    """Say that all is well, for whatever watches this process."""
    with library().reading() as db:
        people.has_admin(db)
    return jsonify(status="ok")
