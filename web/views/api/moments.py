"""Chapters, clips and citations of a recording or a note, from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

import json
from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import session_to_edit
from library.errors import NotFoundError
from library.holdings import chapters
from library.models import Clip, SourceKind
from library.publishing import clips
from library.store import Transaction
from web import citations
from web.context import library, viewer
from web.times import clock
from web.views.api.matching import MATCH, require_match
from web.views.api.release_schemas import (
    ChaptersSchema,
    CitationSchema,
    ClipSchema,
    PlaceSchema,
    StretchSchema,
)
from web.views.clips import exact, source_of

bp = Blueprint(
    "api_moments", __name__, url_prefix="/api/v1/sessions", description="Moments to find and keep."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/chapters/<int:source_id>")
@bp.response(200, ChaptersSchema)
def chapters_of(session_id: int, source_id: int) -> Answer:
    """The chapters of a source; their ETag is what a change has to name."""
    with library().reading() as db:
        source_of(db, session_id, source_id)
        return _chapters(db, source_id)


@bp.put("/<int:session_id>/chapters/<int:source_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(ChaptersSchema)
@bp.response(200, ChaptersSchema)
def change_chapters(given: dict[str, Any], session_id: int, source_id: int) -> Answer:
    """Let a source have exactly these chapters, unless somebody changed them since you read."""
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
    """Have the sound of a moment cut out as a file; watch it at the address in Location."""
    with library().transaction() as db:
        source_of(db, session_id, source_id)
        clip = clips.ask(db, viewer(), source_id, given["start"], given["end"])
        written = _clip(session_id, clip)
    return written, 202, {"Location": written["links"]["self"]}


@bp.get("/<int:session_id>/clips/<int:source_id>")
@bp.arguments(StretchSchema, location="query")
@bp.response(200, ClipSchema)
def clip(given: dict[str, Any], session_id: int, source_id: int) -> dict[str, Any]:
    """Whether the sound of a moment is cut, and where it is."""
    with library().reading() as db:
        source_of(db, session_id, source_id)
        found = clips.find(db, viewer(), source_id, given["start"], given["end"])
        if found is None:
            raise NotFoundError("Nobody has asked for this clip. Send the same as a POST.")
        return _clip(session_id, found)


@bp.get("/<int:session_id>/citation/<int:source_id>")
@bp.arguments(PlaceSchema, location="query")
@bp.response(200, CitationSchema)
def citation(given: dict[str, Any], session_id: int, source_id: int) -> dict[str, Any]:
    """How a source is cited, or a moment of it: APA, BibTeX, CSL-JSON, and its address."""
    with library().reading() as db:
        source = source_of(db, session_id, source_id)
        note = source.kind is SourceKind.NOTE
        start = None if note else given["start"]
        cited = citations.of(source.session, source, start=start, place=_place(given, note=note))
        return {
            "address": cited.reference.address,
            "apa": cited.apa,
            "in_text": cited.in_text,
            "bibtex": cited.bibtex,
            "csl": json.loads(cited.csl)[0],
        }


def _place(given: dict[str, Any], *, note: bool) -> str:
    if note:
        return "" if given["paragraph"] is None else f"para. {given['paragraph'] + 1}"
    if given["start"] is None:
        return ""
    end = f"–{clock(given['end'])}" if given["end"] is not None else ""  # noqa: RUF001
    return clock(given["start"]) + end


def _tag(db: Transaction, source_id: int) -> str:
    return f'"{chapters.mark_of(db, source_id)}"'


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
