"""E-mail alerts for saved searches: frequency, and the unsubscribe link in each e-mail."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.discovery import alerts
from library.errors import InvalidInputError, NotAllowedError
from library.models import AlertFrequency
from library.translation import gettext
from web.http import params
from web.http.context import library, viewer

bp = Blueprint("alerts", __name__)


@bp.post("/searches/<int:search_id>/letters")
def choose(search_id: int) -> ResponseReturnValue:
    """Set the alert frequency of one of the viewer's saved searches."""
    if not viewer().is_member:
        raise NotAllowedError
    rhythm = params.choice(request.form, "rhythm", AlertFrequency)
    if rhythm is None:
        raise InvalidInputError("Choose how often you want to get e-mail alerts.")
    with library().transaction() as db:
        alerts.subscribe(db, viewer(), search_id, rhythm)
    flash(
        gettext("You will get no more e-mails about this search.")
        if rhythm is AlertFrequency.NEVER
        else gettext("E-mail alerts for this search are on.")
    )
    return redirect(url_for("searches.page"))


@bp.get("/alerts/<token>")
def page(token: str) -> str:
    """Show the unsubscribe page. GET changes nothing, because mail programs prefetch links."""
    with library().reading() as db:
        name = alerts.search_of_link(db, token).name
    return render_template("search/stop_alerts.html", token=token, name=name)


@bp.post("/alerts/<token>")
def stop(token: str) -> str:
    """Unsubscribe from an alert, also by one-click unsubscribe (RFC 8058)."""
    with library().transaction() as db:
        name = alerts.search_of_link(db, token).name
        alerts.end(db, token)
    return render_template("search/stop_alerts.html", token="", name=name)
