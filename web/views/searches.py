"""Searches of one's own: those that one keeps, and those that one asked."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import searches
from library.errors import NotAllowedError
from web import asking, parameters
from web.context import library, viewer
from web.redirects import back_to

bp = Blueprint("searches", __name__)


@bp.get("/searches")
def page() -> str:
    """What one keeps, and what one asked."""
    _require_member()
    with library().reading() as db:
        return render_template(
            "searches/page.html",
            saved=searches.saved(db, viewer()),
            history=searches.history(db, viewer()),
            kept=searches.KEPT,
        )


@bp.post("/searches")
def save() -> ResponseReturnValue:
    """Keep a search under a name."""
    _require_member()
    asked = asking.asked(request.form)
    name = parameters.text(request.form, "name", longest=200)
    with library().transaction() as db:
        saved = searches.save(
            db, viewer(), name=name, question=asked.question, filters=asked.chosen
        )
        called = saved.name
    flash(f"“{called}” is kept among your searches.")
    return redirect(back_to(url_for("searches.page")))


@bp.post("/searches/<int:search_id>/remove")
def remove(search_id: int) -> ResponseReturnValue:
    """Keep a search no longer."""
    _require_member()
    with library().transaction() as db:
        searches.remove(db, viewer(), search_id)
    flash("The search is removed.")
    return redirect(url_for("searches.page"))


@bp.post("/searches/forget")
def forget() -> ResponseReturnValue:
    """Clear one's history."""
    _require_member()
    with library().transaction() as db:
        searches.forget(db, viewer())
    flash("What you asked is forgotten.")
    return redirect(url_for("searches.page"))


def _require_member() -> None:
    if not viewer().is_member:
        raise NotAllowedError
