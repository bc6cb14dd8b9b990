"""Care of the question scripts that guide a recording."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.capture import scripts
from library.errors import InvalidInputError
from web import parameters
from web.context import library, viewer
from web.errors import status_of

bp = Blueprint("scripts", __name__, url_prefix="/care/scripts")

LONGEST = 50_000  # characters of all prompts


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/")
def page() -> str:
    """All scripts, and the form for a new one."""
    return _page()


@bp.get("/<int:script_id>")
def one(script_id: int) -> str:
    """A script to be changed."""
    with library().reading() as db:
        script = scripts.get(db, script_id)
    given = {
        "title": script.title,
        "introduction": script.introduction,
        "prompts": "\n".join(script.prompts),
    }
    return _page(script_id, given)


@bp.post("/", defaults={"script_id": None})
@bp.post("/<int:script_id>")
def save(script_id: int | None) -> ResponseReturnValue:
    """Keep a script, new or changed; what was typed comes back if it cannot be kept."""
    lengths = {
        "title": scripts.LONGEST_TITLE,
        "introduction": scripts.LONGEST_INTRODUCTION,
        "prompts": LONGEST,
    }
    given = {name: parameters.text(request.form, name, longest=n) for name, n in lengths.items()}
    try:
        with library().transaction() as db:
            saved = scripts.save(
                db,
                viewer(),
                scripts.get(db, script_id) if script_id is not None else None,
                title=given["title"],
                introduction=given["introduction"],
                prompts=given["prompts"].splitlines(),
            )
    except InvalidInputError as error:
        return _page(script_id, given, str(error)), status_of(error)
    flash(f"“{saved.title}” is saved. The next recording can use it.")
    return redirect(url_for("scripts.page"))


@bp.post("/<int:script_id>/remove")
def remove(script_id: int) -> ResponseReturnValue:
    """Remove a script; the chapters that it made stay."""
    with library().transaction() as db:
        scripts.remove(db, viewer(), scripts.get(db, script_id))
    flash("The script is removed; chapters that were made with it stay.")
    return redirect(url_for("scripts.page"))


def _page(
    script_id: int | None = None, given: dict[str, str] | None = None, error: str = ""
) -> str:
    with library().reading() as db:
        return render_template(
            "care/scripts.html",
            scripts=scripts.everything(db),
            script_id=script_id,
            given=given or {},
            error=error,
        )
