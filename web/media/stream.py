"""Media files for the player, with range requests (RFC 9110, section 14)."""

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from library import access
from library.errors import NotAllowedError, NotFoundError
from library.models import Source, SourceKind
from library.removal import pending_trims
from library.sessions import sources
from web.http.context import library, viewer
from web.http.served_media_types import OTHER, content_type

bp = Blueprint("media", __name__)


@bp.get("/media/<int:source_id>")
def page(source_id: int) -> Response:
    """Send a recording. With `?download=1`, send the original file; this needs the edit right."""
    original = request.args.get("download") == "1"
    with library().reading() as db:
        source = sources.visible_source(db, viewer(), source_id)
        if original and not access.may_edit(viewer(), source.session):
            raise NotAllowedError(
                "You need the right to edit this session to download its original file."
            )
        if not original and source.kind is not SourceKind.RECORDING:
            raise NotFoundError("This part of the session has no audio.")
        pending_trims.require_trimmed(db, source_id)
    return _bytes(source, source.sha256, original=True) if original else sound_of(source)


def sound_of(source: Source) -> Response:
    """Send the web copy of a recording, or its original. The caller must check access."""
    return _bytes(source, source.web_sha256 or source.sha256, original=False)


@bp.get("/media/<int:source_id>/peaks")
def peaks(source_id: int) -> ResponseReturnValue:
    """Send the waveform peaks of a recording: one byte per bucket."""
    with library().reading() as db:
        found = sources.visible_source(db, viewer(), source_id).peaks
    if found is None:
        raise NotFoundError(
            "This recording has no waveform yet. Try again when the processing is finished."
        )
    response = Response(found, mimetype=OTHER)
    response.add_etag()
    return _cache_privately(response).make_conditional(request)


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
    return _cache_privately(response)


def _cache_privately(response: Response) -> Response:
    """Allow caching in the viewer's browser only, with revalidation on every use."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
