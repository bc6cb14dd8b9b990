"""API resources for chapters, clips and citations."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

import json
from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import session_to_edit
from library.errors import NotFoundError
from library.models import Clip, SourceKind
from library.publishing import clips
from library.sessions import chapters
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match
from web.media import citations
from web.media.clips import exact, source_of
from web.openapi.schemas import LINKS, CleanText, RequestSchema
from web.rendering.times import clock


class ChapterSchema(RequestSchema):
    """A chapter: start time and title."""

    start = fields.Float(
        required=True, validate=validate.Range(0, 1e6), metadata={"description": "In seconds."}
    )
    title = CleanText(required=True, validate=validate.Length(1, 300))


class ChaptersSchema(RequestSchema):
    """All chapters of a recording in order."""

    chapters = fields.List(fields.Nested(ChapterSchema), required=True)


class StretchSchema(Schema):
    """A time range in seconds."""

    start = fields.Float(required=True, validate=validate.Range(0, 1e6))
    end = fields.Float(required=True, validate=validate.Range(0, 1e6))


class ClipSchema(Schema):
    """An audio file of a time range."""

    source_id = fields.Integer()
    start = fields.Float(metadata={"description": "In seconds."})
    end = fields.Float()
    ready = fields.Boolean()
    error = fields.String(
        metadata={"description": "Why the clip could not be made; empty if there is no error."}
    )
    links = LINKS


class PlaceSchema(Schema):
    """The cited part: a time in a recording, a paragraph of a note, or the whole source."""

    start = fields.Float(load_default=None, validate=validate.Range(0, 1e6))
    end = fields.Float(load_default=None, validate=validate.Range(0, 1e6))
    paragraph = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "Number of the paragraph, for a note; 0 is the first."},
    )


class CitationSchema(Schema):
    """A reference in APA, BibTeX and CSL-JSON format."""

    address = fields.String(
        attribute="reference.address", metadata={"description": "Permanent URL, with the time."}
    )
    apa = fields.String()
    in_text = fields.String(metadata={"description": "APA in-text citation in parentheses."})
    bibtex = fields.String()
    csl = fields.Raw(metadata={"description": "CSL-JSON item."})


bp = Blueprint(
    "api_moments",
    __name__,
    url_prefix="/api/v1/sessions",
    description="Chapters, clips and citations.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/chapters/<int:source_id>")
@bp.response(200, ChaptersSchema)
def chapters_of(session_id: int, source_id: int) -> Answer:
    """Return the chapters of a source. Send their ETag as If-Match to change them."""
    with library().reading() as db:
        source_of(db, session_id, source_id)
        return _chapters(db, source_id)


@bp.put("/<int:session_id>/chapters/<int:source_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(ChaptersSchema)
@bp.response(200, ChaptersSchema)
def change_chapters(given: dict[str, Any], session_id: int, source_id: int) -> Answer:
    """Replace the chapters of a source. Fails with 412 if the chapters have changed."""
    with library().transaction() as db:
        session_to_edit(db, viewer(), session_id)
        source_of(db, session_id, source_id)
        require_match(_tag(db, source_id))
        marks = [(one["start"], one["title"]) for one in given["chapters"]]
        chapters.change(db, viewer(), source_id, marks, "*")
        return _chapters(db, source_id)


@bp.post("/<int:session_id>/clips/<int:source_id>")
@bp.arguments(StretchSchema)
@bp.response(202, ClipSchema)
def ask_clip(given: dict[str, Any], session_id: int, source_id: int) -> Answer:
    """Request the audio file of a time range. Its state is at the URL in the Location header."""
    with library().transaction() as db:
        source_of(db, session_id, source_id)
        clip = clips.request(db, viewer(), source_id, given["start"], given["end"])
        written = _clip(session_id, clip)
    return written, 202, {"Location": written["links"]["self"]}


@bp.get("/<int:session_id>/clips/<int:source_id>")
@bp.arguments(StretchSchema, location="query")
@bp.response(200, ClipSchema)
def clip(given: dict[str, Any], session_id: int, source_id: int) -> dict[str, Any]:
    """Return the state of a clip, and the URL of its audio file when it is ready."""
    with library().reading() as db:
        source_of(db, session_id, source_id)
        found = clips.find(db, viewer(), source_id, given["start"], given["end"])
        if found is None:
            raise NotFoundError(
                "This clip has not been requested. Send the same request as a POST."
            )
        return _clip(session_id, found)


@bp.get("/<int:session_id>/citation/<int:source_id>")
@bp.arguments(PlaceSchema, location="query")
@bp.response(200, CitationSchema)
def citation(given: dict[str, Any], session_id: int, source_id: int) -> dict[str, Any]:
    """Return the citation of a source or a moment as APA, BibTeX and CSL-JSON."""
    with library().reading() as db:
        source = source_of(db, session_id, source_id)
        note = source.kind is SourceKind.NOTE
        start = None if note else given["start"]
        cited = citations.of(source.session, source, start=start, place=_place(given, note=note))
        return {**vars(cited), "csl": json.loads(cited.csl)[0]}


def _place(given: dict[str, Any], *, note: bool) -> str:
    if note:
        return "" if given["paragraph"] is None else f"para. {given['paragraph'] + 1}"
    if given["start"] is None:
        return ""
    end = f"–{clock(given['end'])}" if given["end"] is not None else ""  # noqa: RUF001
    return clock(given["start"]) + end


def _tag(db: Transaction, source_id: int) -> str:
    return f'"{chapters.entity_tag(db, source_id)}"'


def _chapters(db: Transaction, source_id: int) -> Answer:
    found = [{"start": one.start, "title": one.title} for one in chapters.of(db, source_id)]
    return {"chapters": found}, 200, {"ETag": _tag(db, source_id)}


def _clip(session_id: int, clip: Clip) -> dict[str, Any]:
    start, end = clip.start_ms / 1000, clip.end_ms / 1000
    where: dict[str, Any] = {"session_id": session_id, "source_id": clip.source_id}
    sound: dict[str, Any] = {"from": exact(start), "to": exact(end)}
    links = {
        "self": url_for("api_moments.clip", **where, start=start, end=end),
        "page": url_for("clips.page", **where, **sound),
    }
    if clip.made_at is not None:
        links["sound"] = url_for("clips.sound", **where, **sound)
    return {
        "source_id": clip.source_id,
        "start": start,
        "end": end,
        "ready": clip.made_at is not None,
        "error": clip.error,
        "links": links,
    }
