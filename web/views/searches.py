"""Searches of one's own: those that one keeps, and those that one asked."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts.service import service
from library.errors import NotAllowedError
from library.overview import missed
from library.searching import searches
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
            gap_map=service(db).gap_map,
            counted=missed.is_counted(db, viewer()),
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
        missed.forget(db, viewer())
    flash("What you asked is forgotten.")
    return redirect(url_for("searches.page"))


@bp.post("/searches/counted")
def count() -> ResponseReturnValue:
    """Let one's questions that find little be counted, or keep them out."""
    _require_member()
    counted = request.form.get("counted") == "1"
    with library().transaction() as db:
        missed.count_me(db, viewer(), counted=counted)
    flash(
        "Your questions that find little are counted, without your name."
        if counted
        else "Your questions are counted no more, and what was counted of you is gone."
    )
    return redirect(url_for("searches.page"))


def _require_member() -> None:
    if not viewer().is_member:
        raise NotAllowedError
