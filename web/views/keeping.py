"""Care of what is kept: the library's health, and how long collections keep their sessions."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.capture import quota
from library.errors import InvalidInputError
from library.holdings import collections
from library.keeping import health
from library.withdrawal import holds, retention
from web import parameters, pasted
from web.context import library, viewer

bp = Blueprint("keeping", __name__, url_prefix="/care")


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/health")
def health_page() -> str:
    """What the last look found, and when the last backup was made."""
    with library().reading() as db:
        backup = health.last_backup(db)
        return render_template(
            "care/health.html",
            found=health.latest(db),
            wanted=health.is_wanted(db),
            backup=backup,
            size=quota.in_words(backup.detail["bytes"]) if backup else "",
        )


@bp.post("/health")
def look() -> ResponseReturnValue:
    """Let the worker read every file."""
    with library().transaction() as db:
        health.ask(db, viewer())
    flash("Every file is being read. That takes as long as reading the disk; look again later.")
    return redirect(url_for("keeping.health_page"))


@bp.get("/retention")
def retention_page() -> str:
    """How long each collection keeps its sessions, and what is on hold."""
    with library().reading() as db:
        return render_template(
            "care/retention.html",
            shelves=collections.everything(db),
            held=holds.on_hold(db, viewer()),
        )


@bp.post("/retention/<int:collection_id>")
def keep(collection_id: int) -> ResponseReturnValue:
    """Say how long a collection keeps its sessions."""
    years = parameters.number(request.form, "years", default=0, low=0, high=retention.LONGEST)
    with library().transaction() as db:
        hold = request.form.get("hold") == "1"
        retention.keep(db, viewer(), collection_id, years=years or None, hold=hold)
    flash("It is saved, and holds from tonight.")
    return redirect(url_for("keeping.retention_page"))


@bp.post("/retention/hold")
def hold() -> ResponseReturnValue:
    """Put a session on hold, or let go of it."""
    session_id = pasted.session_id(parameters.text(request.form, "session"))
    if session_id is None:
        raise InvalidInputError("Say which session: paste its address.")
    keeps = request.form.get("hold") == "1"
    reason = parameters.text(request.form, "reason", longest=500)
    with library().transaction() as db:
        holds.set_hold(db, viewer(), session_id, hold=keeps, reason=reason)
    flash("The session is on hold." if keeps else "The session is on hold no longer.")
    return redirect(url_for("keeping.retention_page"))
