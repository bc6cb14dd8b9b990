"""Letters about saved searches: how often they come, and the link in them that ends them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.errors import InvalidInputError, NotAllowedError
from library.models import Rhythm
from library.searching import alerts
from web import parameters
from web.context import library, viewer

bp = Blueprint("alerts", __name__)


@bp.post("/searches/<int:search_id>/letters")
def choose(search_id: int) -> ResponseReturnValue:
    """Say how often one is written to about a search of one's own."""
    if not viewer().is_member:
        raise NotAllowedError
    rhythm = parameters.choice(request.form, "rhythm", Rhythm)
    if rhythm is None:
        raise InvalidInputError("Say how often you want to be written to.")
    with library().transaction() as db:
        alerts.subscribe(db, viewer(), search_id, rhythm)
    flash("No letters come any more." if rhythm is Rhythm.NEVER else "Saved: from now on.")
    return redirect(url_for("searches.page"))


@bp.get("/alerts/<token>")
def page(token: str) -> str:
    """What the link ends; to open it ends nothing, because programs open links as well."""
    with library().reading() as db:
        name = alerts.of_link(db, token).name
    return render_template("searches/stop.html", token=token, name=name)


@bp.post("/alerts/<token>")
def stop(token: str) -> str:
    """End the letters, also at one request of a mail program (RFC 8058)."""
    with library().transaction() as db:
        name = alerts.of_link(db, token).name
        alerts.end(db, token)
    return render_template("searches/stop.html", token="", name=name)
