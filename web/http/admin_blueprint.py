"""Blueprint whose pages are for administrators only."""

from flask import Blueprint

from library.access import require_admin
from web.http.context import viewer


def admin_blueprint(name: str, import_name: str, url_prefix: str) -> Blueprint:
    """Return a blueprint that answers 403 unless the viewer is an administrator."""
    bp = Blueprint(name, import_name, url_prefix=url_prefix)
    bp.before_request(only_administrators)
    return bp


def only_administrators() -> None:
    """Require an administrator.

    Raises:
        NotAllowedError: The viewer is not an administrator.
    """
    require_admin(viewer())
