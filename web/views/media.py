"""The bytes behind the player: whole or by range (RFC 9110, section 14)."""

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from library import access
from library.errors import NotAllowedError, NotFoundError
from library.holdings import sources
from library.models import Source, SourceKind
from library.withdrawal import trimming
from web.context import library, viewer
from web.media_types import OTHER, content_type

bp = Blueprint("media", __name__)


@bp.get("/media/<int:source_id>")
def page(source_id: int) -> Response:
    """A recording's sound, or with `?download=1` the original file for whoever may edit it."""
    original = request.args.get("download") == "1"
    with library().reading() as db:
        source = sources.visible_source(db, viewer(), source_id)
        if original and not access.may_edit(viewer(), source.session):
            raise NotAllowedError("Only whoever added a session may download its original file.")
        if not original and source.kind is not SourceKind.RECORDING:
            raise NotFoundError("There is no sound here.")
        trimming.require_trimmed(db, source_id)
    return _bytes(source, source.sha256, original=True) if original else sound_of(source)


def sound_of(source: Source) -> Response:
    """The bytes that a player plays, of a recording that whoever asks may hear."""
    return _bytes(source, source.web_sha256 or source.sha256, original=False)


@bp.get("/media/<int:source_id>/peaks")
def peaks(source_id: int) -> ResponseReturnValue:
    """The loudness of a recording for its waveform: one byte a bucket, from start to end."""
    with library().reading() as db:
        found = sources.visible_source(db, viewer(), source_id).peaks
    if found is None:
        raise NotFoundError("This recording has no waveform yet.")
    response = Response(found, mimetype=OTHER)
    response.add_etag()
    return _kept_private(response).make_conditional(request)


def _bytes(source: Source, sha256: str, *, original: bool) -> Response:
    kind = content_type(source, original=original)
    response = send_file(
        library().files.path(sha256),
        mimetype=kind,
        as_attachment=original or kind == OTHER,
        download_name="".join(c for c in source.filename if c.isprintable()) or "recording",
        conditional=True,
        etag=sha256,
    )
    return _kept_private(response)


def _kept_private(response: Response) -> Response:
    """Let only the reader's own browser keep it, and ask each time whether it still may."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
