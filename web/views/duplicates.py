"""People who may be one: found, looked at side by side, merged, parted again."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.accounts import people, people_alike
from library.curating import merge_outlook, merges
from library.errors import InvalidInputError
from library.models import PersonMerge
from web import parameters
from web.context import library, viewer

bp = Blueprint("duplicates", __name__, url_prefix="/care/duplicates")

PAGE = 50  # merges


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("")
def page() -> str:
    """Pairs that look like one person, and what was merged."""
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        made = merges.made(db, viewer(), limit=PAGE + 1, before_id=before)
        rows = made[:PAGE]
        return render_template(
            "curating/duplicates.html",
            pairs=people_alike.pairs(db, viewer()),
            everybody=people.everybody(db),
            merges=[(row, merges.why_not_parted(db, row)) for row in rows],
            under_way={row.id: _told(row) for row in rows if merges.waiting(row)},
            names=people.names(db, [i for row in rows for i in (row.kept_id, row.gone_id)]),
            more=rows[-1].id if len(made) > PAGE else None,
        )


@bp.get("/look")
def look() -> str:
    """Both side by side, and what would go where."""
    kept_id, gone_id = _two(request.args)
    with library().reading() as db:
        kept, gone = people.get(db, kept_id), people.get(db, gone_id)
        if gone.email and not kept.email:  # the account stays, whichever was named first
            kept, gone = gone, kept
        return render_template(
            "curating/merge.html",
            kept=kept,
            gone=gone,
            outlook=merge_outlook.outlook(db, viewer(), kept.id, gone.id),
            counts={p.id: merge_outlook.counted(db, p.id) for p in (kept, gone)},
        )


@bp.post("")
def merge() -> ResponseReturnValue:
    """Let one be the other from now on."""
    kept_id, gone_id = _two(request.form)
    with library().transaction() as db:
        merges.merge(db, viewer(), kept_id, gone_id)
        kept, gone = people.get(db, kept_id).name, people.get(db, gone_id).name
    flash(f"{gone} is {kept} from now on. You can undo this for 30 days.")
    return redirect(url_for("duplicates.page"))


@bp.get("/<int:merge_id>/progress")
def progress(merge_id: int) -> Response:
    """How far a merge is, or the undoing of one, for the page that shows it."""
    with library().reading() as db:
        return jsonify(_told(merges.get(db, viewer(), merge_id)))


@bp.post("/apart")
def apart() -> ResponseReturnValue:
    """Say that two are two, so that they are not offered again."""
    one, other = _two(request.form)
    with library().transaction() as db:
        people_alike.tell_apart(db, viewer(), one, other)
    flash("They are two people; they are not offered again.")
    return redirect(url_for("duplicates.page"))


@bp.post("/<int:merge_id>/undo")
def undo(merge_id: int) -> ResponseReturnValue:
    """Part them again."""
    with library().transaction() as db:
        merges.part(db, viewer(), merge_id)
    flash("They are two people again. Tokens and links that ended stay ended.")
    return redirect(url_for("duplicates.page"))


def _told(row: PersonMerge) -> dict[str, Any]:
    """How far it is, as `progress.js` reads it."""
    whole, left = len(row.moved["session"]), len(merges.waiting(row))
    direction = "moved" if row.undone_at is None else "moved back"
    return {
        "busy": left > 0,
        "state": "working" if left else "ready",
        "words": f"{whole - left} of {whole} sessions are {direction}.",
        "percent": 100 * (whole - left) // whole if whole else 100,
        "steps": [],
    }


def _two(given: Mapping[str, str]) -> tuple[int, int]:
    kept = parameters.identifier(given, "kept")
    gone = parameters.identifier(given, "gone")
    if kept is None or gone is None:
        raise InvalidInputError("Choose two people.")
    return kept, gone
