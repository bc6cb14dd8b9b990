"""Pages that list duplicate people, compare two people, merge them, and undo a merge."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import duplicates, people
from library.curation import person_merge, person_merge_preview
from library.errors import InvalidInputError
from library.models import PersonMerge
from library.translation import gettext, ngettext
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer
from web.rendering.template_filters import ROLE_NAMES

bp = admin_blueprint("duplicates", __name__, "/care/duplicates")

PAGE = 50  # merges


@bp.get("")
def page() -> str:
    """List pairs of possible duplicates, and past merges."""
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        made = person_merge.made(db, viewer(), limit=PAGE + 1, before_id=before)
        rows = made[:PAGE]
        return render_template(
            "curation/duplicates.html",
            pairs=duplicates.pairs(db, viewer()),
            everybody=people.all_people(db),
            merges=[(row, person_merge.undo_refusal(db, row)) for row in rows],
            under_way={row.id: _progress_of(row) for row in rows if person_merge.waiting(row)},
            names=people.names(db, [i for row in rows for i in (row.kept_id, row.gone_id)]),
            more=rows[-1].id if len(made) > PAGE else None,
        )


@bp.get("/look")
def look() -> str:
    """Compare two people, and preview their merge."""
    kept_id, gone_id = _two(request.args)
    with library().reading() as db:
        kept, gone = people.get(db, kept_id), people.get(db, gone_id)
        if gone.email and not kept.email:  # The person who has an account is the one who stays.
            kept, gone = gone, kept
        return render_template(
            "curation/merge_people.html",
            kept=kept,
            gone=gone,
            roles=ROLE_NAMES,
            outlook=person_merge_preview.outlook(db, viewer(), kept.id, gone.id),
            counts={p.id: person_merge_preview.counted(db, p.id) for p in (kept, gone)},
        )


@bp.post("")
def merge() -> ResponseReturnValue:
    """Merge two people."""
    kept_id, gone_id = _two(request.form)
    with library().transaction() as db:
        person_merge.merge(db, viewer(), kept_id, gone_id)
        kept, gone = people.get(db, kept_id).name, people.get(db, gone_id).name
    flash(
        gettext(
            "%(gone)s is merged into %(kept)s. You can undo this for 30 days.", gone=gone, kept=kept
        )
    )
    return redirect(url_for("duplicates.page"))


@bp.get("/<int:merge_id>/progress")
def progress(merge_id: int) -> Response:
    """Return the progress of a person merge, or of its undo, as JSON for the progress page."""
    with library().reading() as db:
        return jsonify(_progress_of(person_merge.get(db, viewer(), merge_id)))


@bp.post("/apart")
def apart() -> ResponseReturnValue:
    """Record that two people are different, so that they are not suggested again."""
    one, other = _two(request.form)
    with library().transaction() as db:
        duplicates.mark_distinct(db, viewer(), one, other)
    flash(
        gettext(
            "Saved: these are two different people. The library will not suggest them as "
            "duplicates again."
        )
    )
    return redirect(url_for("duplicates.page"))


@bp.post("/<int:merge_id>/undo")
def undo(merge_id: int) -> ResponseReturnValue:
    """Undo a merge."""
    with library().transaction() as db:
        person_merge.undo(db, viewer(), merge_id)
    flash(
        gettext(
            "The merge is undone: there are two people again. Tokens and links that the merge "
            "revoked stay revoked."
        )
    )
    return redirect(url_for("duplicates.page"))


def _progress_of(row: PersonMerge) -> dict[str, Any]:
    """Return the progress of a merge, or of its undo, as the fields that `progress.js` reads."""
    whole, left = len(row.moved["session"]), len(person_merge.waiting(row))
    if row.undone_at is None:
        words = ngettext(
            "%(moved)s of %(num)s session is moved.",
            "%(moved)s of %(num)s sessions are moved.",
            whole,
            moved=whole - left,
        )
    else:
        words = ngettext(
            "%(moved)s of %(num)s session is moved back.",
            "%(moved)s of %(num)s sessions are moved back.",
            whole,
            moved=whole - left,
        )
    return {
        "busy": left > 0,
        "state": "working" if left else "ready",
        "words": words,
        "percent": 100 * (whole - left) // whole if whole else 100,
        "steps": [],
    }


def _two(given: Mapping[str, str]) -> tuple[int, int]:
    kept = params.identifier(given, "kept")
    gone = params.identifier(given, "gone")
    if kept is None or gone is None:
        raise InvalidInputError("Choose two people.")
    return kept, gone
