"""Full integrity check on request, retention of collections, and legal holds."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.collections import collections
from library.errors import InvalidInputError
from library.preservation import checks
from library.removal import legal_holds, retention
from library.translation import gettext
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer
from web.rendering import local_links

bp = admin_blueprint("keeping", __name__, "/care")


@bp.get("/health")
def health_page() -> ResponseReturnValue:
    """Redirect the former address of the integrity checks to the system status page."""
    return redirect(_integrity_checks())


@bp.post("/health")
def look() -> ResponseReturnValue:
    """Request a full integrity check by the worker."""
    with library().transaction() as db:
        checks.ask(db, viewer())
    flash(
        gettext(
            "The full check reads every file on the disk. Reload this page later for its result."
        )
    )
    return redirect(_integrity_checks())


def _integrity_checks() -> str:
    return url_for("care.page", _anchor="integrity")


@bp.get("/retention")
def retention_page() -> str:
    """Show the retention of each collection, and the legal holds."""
    with library().reading() as db:
        return render_template(
            "removal/retention.html",
            collection_list=collections.all_collections(db),
            held=legal_holds.on_hold(db, viewer()),
        )


@bp.post("/retention/<int:collection_id>")
def keep(collection_id: int) -> ResponseReturnValue:
    """Set the retention of a collection."""
    years = params.number(request.form, "years", default=0, low=0, high=retention.LONGEST)
    with library().transaction() as db:
        hold = request.form.get("hold") == "1"
        retention.set_period(db, viewer(), collection_id, years=years or None, hold=hold)
    flash(gettext("The retention period is saved. It applies from tonight."))
    return redirect(url_for("keeping.retention_page"))


@bp.post("/retention/hold")
def hold() -> ResponseReturnValue:
    """Set or lift the legal hold of a session."""
    session_id = local_links.session_id(params.text(request.form, "session"))
    if session_id is None:
        raise InvalidInputError("Paste the address of the session.")
    keeps = request.form.get("hold") == "1"
    reason = params.text(request.form, "reason", longest=500)
    with library().transaction() as db:
        legal_holds.set_hold(db, viewer(), session_id, hold=keeps, reason=reason)
    flash(gettext("The legal hold is set.") if keeps else gettext("The legal hold is lifted."))
    return redirect(url_for("keeping.retention_page"))
