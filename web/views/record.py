"""Record in the browser, guided by questions; what was begun can be continued or finished."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.capture import captures, quota, scripts, uploads
from library.errors import InvalidInputError
from web.context import library
from web.intake import adder

bp = Blueprint("record", __name__)

BYTES_A_SECOND = 8_000  # what browsers write: Opus at 64 kbit/s


@bp.get("/record")
def page() -> str:
    """The recorder, and what was begun and not finished."""
    who, place = adder(), library()
    with place.reading() as db:
        room = quota.room_of(db, place.settings, who.person_id)
        most = place.settings.max_upload_bytes
        most = most if room.left is None else min(most, room.left)
        return render_template(
            "record/page.html",
            scripts=scripts.everything(db),
            begun=captures.unfinished(db, who),
            most_seconds=min(place.settings.max_hours * 3600, most / BYTES_A_SECOND),
            room=room,
            in_words=quota.in_words,
        )


@bp.put("/uploads/<upload_id>/recording")
def note(upload_id: str) -> ResponseReturnValue:
    """Keep how long a recording is by now, and its chapters."""
    who = adder()
    given: Any = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise InvalidInputError("Send the seconds and the chapters as JSON.")
    captures.note(library(), who, upload_id, given)
    return "", 204


@bp.post("/record/<upload_id>/finish")
def finish(upload_id: str) -> ResponseReturnValue:
    """End a recording with what has arrived of it; then it becomes a session."""
    captures.close(library(), adder(), upload_id)
    return redirect(url_for("add.page", upload=upload_id))


@bp.post("/record/<upload_id>/discard")
def discard(upload_id: str) -> ResponseReturnValue:
    """Throw away what has arrived of a recording."""
    uploads.abandon(library(), adder(), upload_id)
    return redirect(url_for("record.page"))
