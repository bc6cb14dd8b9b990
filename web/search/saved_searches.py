"""Saved searches and search history of the viewer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts.service_settings import service
from library.discovery import saved_searches
from library.errors import NotAllowedError
from library.overview import missed_questions
from library.translation import gettext
from web.http import params
from web.http.context import library, viewer
from web.rendering.local_links import back_to
from web.search import query

bp = Blueprint("searches", __name__)


@bp.get("/searches")
def page() -> str:
    """Show the viewer's saved searches and search history."""
    _require_member()
    with library().reading() as db:
        return render_template(
            "search/saved_searches.html",
            saved=saved_searches.saved(db, viewer()),
            history=saved_searches.history(db, viewer()),
            history_limit=saved_searches.HISTORY_LIMIT,
            gap_map=service(db).gap_map,
            counted=missed_questions.is_counted(db, viewer()),
        )


@bp.post("/searches")
def save() -> ResponseReturnValue:
    """Save a search under a name."""
    _require_member()
    asked = query.parse(request.form)
    name = params.text(request.form, "name", longest=200)
    with library().transaction() as db:
        saved = saved_searches.save(
            db, viewer(), name=name, question=asked.question, filters=asked.chosen
        )
        called = saved.name
    flash(gettext("“%(name)s” is saved in your searches.", name=called))
    return redirect(back_to(url_for("searches.page")))


@bp.post("/searches/<int:search_id>/remove")
def remove(search_id: int) -> ResponseReturnValue:
    """Delete a saved search."""
    _require_member()
    with library().transaction() as db:
        saved_searches.remove(db, viewer(), search_id)
    flash(gettext("The search is removed."))
    return redirect(url_for("searches.page"))


@bp.post("/searches/forget")
def forget() -> ResponseReturnValue:
    """Clear the viewer's search history."""
    _require_member()
    with library().transaction() as db:
        saved_searches.forget(db, viewer())
        missed_questions.forget(db, viewer())
    flash(gettext("Your search history is cleared."))
    return redirect(url_for("searches.page"))


@bp.post("/searches/counted")
def count() -> ResponseReturnValue:
    """Turn counting of the viewer's unanswered questions on or off."""
    _require_member()
    counted = request.form.get("counted") == "1"
    with library().transaction() as db:
        missed_questions.set_counting(db, viewer(), counted=counted)
    flash(
        gettext("Your unanswered questions are counted. It is never shown who asked.")
        if counted
        else gettext(
            "Your questions are no longer counted. Your earlier questions are deleted from the "
            "counts."
        )
    )
    return redirect(url_for("searches.page"))


@bp.post("/searches/wish")
def wish() -> ResponseReturnValue:
    """Have one unanswered question of the viewer counted."""
    _require_member()
    question = params.text(request.form, "q")
    with library().transaction() as db:
        missed_questions.wish(db, viewer(), question)
    flash(gettext("Your question is counted, so that people can record an answer."))
    return redirect(url_for("ask.page", q=question))


def _require_member() -> None:
    if not viewer().is_member:
        raise NotAllowedError
