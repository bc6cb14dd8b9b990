"""Pages for browser recordings: record with a question script, continue, finish, discard."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.capture import browser_recordings, question_scripts, quota, uploads
from library.errors import InvalidInputError
from web.capture.create_session import require_may_add
from web.http.context import library

bp = Blueprint("record", __name__)

BYTES_A_SECOND = 8_000  # Opus at 64 kbit/s, as browsers record it


@bp.get("/record")
def page() -> str:
    """Show the recorder and the unfinished recordings."""
    who, place = require_may_add(), library()
    with place.reading() as db:
        storage = quota.quota_of(db, place.settings, who.person_id)
        most = place.settings.max_upload_bytes
        most = most if storage.left is None else min(most, storage.left)
        return render_template(
            "capture/record.html",
            scripts=question_scripts.everything(db),
            begun=browser_recordings.unfinished(db, who),
            most_seconds=min(place.settings.max_hours * 3600, most / BYTES_A_SECOND),
            storage=storage,
            in_words=quota.in_words,
        )


@bp.put("/uploads/<upload_id>/recording")
def note(upload_id: str) -> ResponseReturnValue:
    """Store the length and the chapters that an unfinished recording has so far."""
    who = require_may_add()
    given: Any = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise InvalidInputError("Send the length in seconds and the chapters as JSON.")
    browser_recordings.note(library(), who, upload_id, given)
    return "", 204


@bp.post("/record/<upload_id>/finish")
def finish(upload_id: str) -> ResponseReturnValue:
    """Finish a recording with the bytes that have arrived, and open the form for its session."""
    browser_recordings.close(library(), require_may_add(), upload_id)
    return redirect(url_for("add.page", upload=upload_id))


@bp.post("/record/<upload_id>/discard")
def discard(upload_id: str) -> ResponseReturnValue:
    """Discard an unfinished recording."""
    uploads.abandon(library(), require_may_add(), upload_id)
    return redirect(url_for("record.page"))
