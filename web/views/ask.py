"""The question box, and the answers once something was asked."""

from flask import Blueprint, render_template

bp = Blueprint("ask", __name__)


@bp.get("/")
def page() -> str:
    """The home page, or the answers to `?q=`."""
    return render_template("ask/home.html")
