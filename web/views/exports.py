"""A session's words to take along, in any of the formats that hold them."""

import re

from flask import Blueprint, Response, request, url_for

from library.exports import manuscript, table
from library.holdings import chapters
from library.models import Source, SourceKind
from library.store import Transaction
from web import parameters
from web.context import library, viewer

bp = Blueprint("exports", __name__)

NOT_IN_NAMES = re.compile(r"[^\w.-]+")


@bp.get("/sessions/<int:session_id>/export/<int:source_id>.<ending>")
def page(session_id: int, source_id: int, ending: str) -> Response:
    """The words of a source as a file; `?version=2` is an earlier one, for its editors."""
    return taken_along(session_id, source_id, ending)


def taken_along(session_id: int, source_id: int, ending: str) -> Response:
    """The words of a source in the format with this ending, as a file to keep."""
    export = table.export_of(ending)
    number = parameters.identifier(request.args, "version")
    with library().reading() as db:
        words = loaded(db, session_id, source_id, number=number)
    response = Response(table.written(words, export), mimetype=export.media_type)
    name = f"{NOT_IN_NAMES.sub('-', words.title)[:80].strip('-') or 'session'}.{ending}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def loaded(
    db: Transaction, session_id: int, source_id: int, *, number: int | None = None
) -> manuscript.Manuscript:
    """The words of a source with their provenance, for whoever may see them."""
    return manuscript.load(
        db,
        viewer(),
        source_id,
        session_id=session_id,
        site=library().settings.site_name,
        address=permanent(session_id, source_id),
        number=number,
    )


def permanent(session_id: int, source_id: int) -> str:
    """The address of a source that stays, with the site's own host."""
    return url_for("sessions.page", session_id=session_id, source=source_id, _external=True)


@bp.app_template_global()
def exports_of(source: Source) -> list[table.Export]:
    """What the words of a source can be taken along as."""
    with library().reading() as db:
        marked = bool(chapters.of(db, source.id))
    return table.offered(timed=source.kind is not SourceKind.NOTE, chapters=marked)
