"""Download of a transcript or note in one of the export formats."""

import re

from flask import Blueprint, Response, request, url_for

from library.exports import document, formats
from library.models import Source, SourceKind
from library.sessions import chapters
from library.store import Transaction
from web.http import params
from web.http.context import library, viewer

bp = Blueprint("exports", __name__)

NOT_IN_NAMES = re.compile(r"[^\w.-]+")


@bp.get("/sessions/<int:session_id>/export/<int:source_id>.<ending>")
def page(session_id: int, source_id: int, ending: str) -> Response:
    """Download a transcript. `?version=` selects an earlier version, for editors only."""
    return download_response(session_id, source_id, ending)


def download_response(session_id: int, source_id: int, ending: str) -> Response:
    """Return a transcript as an attachment in the format with this file name extension."""
    export = formats.export_of(ending)
    number = params.identifier(request.args, "version")
    with library().reading() as db:
        words = loaded(db, session_id, source_id, number=number)
    response = Response(formats.render(words, export), mimetype=export.media_type)
    name = f"{NOT_IN_NAMES.sub('-', words.described.title)[:80].strip('-') or 'session'}.{ending}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def loaded(
    db: Transaction, session_id: int, source_id: int, *, number: int | None = None
) -> document.ExportDocument:
    """Return the transcript of a source with its provenance, ready for an export format.

    `number` selects a version; None selects the current one.
    """
    return document.load(
        db,
        viewer(),
        source_id,
        session_id=session_id,
        site=library().settings.site_name,
        address=permanent(session_id, source_id),
        number=number,
    )


def permanent(session_id: int, source_id: int) -> str:
    """Return the absolute URL under which a source can be cited."""
    return url_for("sessions.page", session_id=session_id, source=source_id, _external=True)


@bp.app_template_global()
def exports_of(source: Source) -> list[formats.Export]:
    """Return the export formats that are available for a source."""
    with library().reading() as db:
        marked = bool(chapters.of(db, source.id))
    return formats.available_formats(timed=source.kind is not SourceKind.NOTE, chapters=marked)
