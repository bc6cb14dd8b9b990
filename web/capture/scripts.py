"""Administration of question scripts that guide a recording."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.capture import question_scripts
from library.errors import InvalidInputError
from library.translation import gettext
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer
from web.http.errors import status_of

bp = admin_blueprint("scripts", __name__, "/care/scripts")

LONGEST = 50_000  # maximum characters of all prompts together


@bp.get("/")
def page() -> str:
    """List the question scripts, with a form for a new one."""
    return _page()


@bp.get("/<int:script_id>")
def one(script_id: int) -> str:
    """Show the form that changes a question script."""
    with library().reading() as db:
        script = question_scripts.get(db, script_id)
    given = {
        "title": script.title,
        "introduction": script.introduction,
        "prompts": "\n".join(script.prompts),
    }
    return _page(script_id, given)


@bp.post("/", defaults={"script_id": None})
@bp.post("/<int:script_id>")
def save(script_id: int | None) -> ResponseReturnValue:
    """Save a new or changed question script, or show the form with its error."""
    lengths = {
        "title": question_scripts.LONGEST_TITLE,
        "introduction": question_scripts.LONGEST_INTRODUCTION,
        "prompts": LONGEST,
    }
    given = {name: params.text(request.form, name, longest=n) for name, n in lengths.items()}
    try:
        with library().transaction() as db:
            saved = question_scripts.save(
                db,
                viewer(),
                question_scripts.get(db, script_id) if script_id is not None else None,
                title=given["title"],
                introduction=given["introduction"],
                prompts=given["prompts"].splitlines(),
            )
    except InvalidInputError as error:
        return _page(script_id, given, str(error)), status_of(error)
    flash(
        gettext(
            "The question script “%(title)s” is saved. You can choose it for the next recording.",
            title=saved.title,
        )
    )
    return redirect(url_for("scripts.page"))


@bp.post("/<int:script_id>/remove")
def remove(script_id: int) -> ResponseReturnValue:
    """Remove a question script. Chapters that were made with it stay."""
    with library().transaction() as db:
        question_scripts.remove(db, viewer(), question_scripts.get(db, script_id))
    flash(gettext("The question script is removed; chapters that were made with it stay."))
    return redirect(url_for("scripts.page"))


def _page(
    script_id: int | None = None, given: dict[str, str] | None = None, error: str = ""
) -> str:
    with library().reading() as db:
        return render_template(
            "capture/scripts.html",
            scripts=question_scripts.everything(db),
            script_id=script_id,
            given=given or {},
            error=error,
        )
