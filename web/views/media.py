"""The bytes behind the player: whole or by range (RFC 9110, section 14)."""

import mimetypes

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from library import access, sources, trimming
from library.errors import NotAllowedError, NotFoundError
from library.models import Source, SourceKind
from web.context import library, viewer

bp = Blueprint("media", __name__)

# What a browser is told that it gets. Nothing else is ever shown inline, so that a file which is
# really a page cannot act in our name.
PLAYABLE = {
    "audio/aac": "audio/aac",
    "audio/flac": "audio/flac",
    "audio/x-flac": "audio/flac",
    "audio/mp4": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/mpeg": "audio/mpeg",
    "audio/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/webm": "audio/webm",
    "video/mp4": "video/mp4",
    "video/ogg": "video/ogg",
    "video/quicktime": "video/quicktime",
    "video/webm": "video/webm",
}
OTHER = "application/octet-stream"


def content_type(source: Source, *, original: bool = False) -> str:
    """The type of a source's sound: its web copy's, its own, or what its name suggests."""
    known = source.media_type if original else source.web_media_type or source.media_type
    if known == OTHER:
        known = mimetypes.guess_type(source.filename)[0] or OTHER
    return PLAYABLE.get(known.split(";")[0].strip().lower(), OTHER)


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
        sha256 = source.sha256 if original else source.web_sha256 or source.sha256
        kind, name = content_type(source, original=original), source.filename
    return _bytes(sha256, kind, name, attachment=original or kind == OTHER)


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


def _bytes(sha256: str, kind: str, name: str, *, attachment: bool) -> Response:
    response = send_file(
        library().files.path(sha256),
        mimetype=kind,
        as_attachment=attachment,
        download_name="".join(c for c in name if c.isprintable()) or "recording",
        conditional=True,
        etag=sha256,
    )
    return _kept_private(response)


def _kept_private(response: Response) -> Response:
    """Let only the reader's own browser keep it, and ask each time whether it still may."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
