"""Clips: a range of a session with its transcript, audio file and citation."""

from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from library.access import session_for
from library.discovery import marked_moments, quotations
from library.discovery.marked_moments import Place
from library.discovery.quotations import Turn
from library.errors import InvalidInputError, NotFoundError
from library.models import Clip, MentoringSession, Source, SourceKind
from library.publishing import clips
from library.sessions import read_models, sources
from library.store import Transaction
from library.transcripts import versions
from search.results.result_types import Hit, Quote
from web.http import params
from web.http.context import library, viewer
from web.media import citations
from web.rendering.times import clock, precise, seconds_at

bp = Blueprint("clips", __name__)

LENGTH = 30.0  # seconds; default length
LONGEST_WORDS = 1800.0  # seconds; maximum length of a quoted range


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Range of a recording in seconds, or a paragraph of a note."""

    session: MentoringSession
    source: Source
    start: float | None
    end: float | None
    paragraph: int | None
    turns: list[Turn]
    place: str


@bp.get("/sessions/<int:session_id>/clip/<int:source_id>")
def page(session_id: int, source_id: int) -> str:
    """Show a moment with its text, player, citation and, if requested, its audio file."""
    with library().reading() as db:
        moment = _moment(db, session_id, source_id)
        audible = moment.source.kind is SourceKind.RECORDING
        clip, refused = None, ""
        if audible and moment.start is not None and moment.end is not None:
            clip = clips.find(db, viewer(), source_id, moment.start, moment.end)
            refused = _refusal(moment)
        cited = citations.of(moment.session, moment.source, start=moment.start, place=moment.place)
        return render_template(
            "media/clips.html",
            moment=moment,
            session=moment.session,
            source=moment.source,
            audible=audible,
            clip=clip,
            refused=refused,
            cited=cited,
            address=cited.reference.address,
            given=_given(moment),
            times=(_typed(moment.start), _typed(moment.end)),
            passage_id=marked_moments.passage_at(
                db, viewer(), source_id, start=moment.start, segment=moment.paragraph or 0
            ),
        )


@bp.post("/sessions/<int:session_id>/clip/<int:source_id>")
def ask(session_id: int, source_id: int) -> ResponseReturnValue:
    """Request the audio file of a moment."""
    with library().transaction() as db:
        moment = _moment(db, session_id, source_id)
        if moment.start is None or moment.end is None:
            raise NotFoundError("This part of the session has no audio.")
        clips.request(db, viewer(), source_id, moment.start, moment.end)
        given = _given(moment)
    return redirect(
        url_for("clips.page", session_id=session_id, source_id=source_id, **given), code=303
    )


@bp.get("/sessions/<int:session_id>/clip/<int:source_id>.json")
def state(session_id: int, source_id: int) -> Response:
    """Return whether a clip is ready, as JSON for the script of the page."""
    with library().reading() as db:
        clip = _clip(db, session_id, source_id)
        response = jsonify(ready=clip.made_at is not None, error=clip.error)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/sessions/<int:session_id>/clip/<int:source_id>.m4a")
def sound(session_id: int, source_id: int) -> Response:
    """Send the audio file of a clip. Access is checked on every download."""
    with library().reading() as db:
        clip = _clip(db, session_id, source_id)
        title = clip.source.session.title
    path = clips.path(library(), clip)
    if clip.made_at is None or not path.is_file():
        raise NotFoundError("This clip is not ready yet. Try again in a minute.")
    name = f"{title[:60]} {clock(clip.start_ms / 1000).replace(':', '.')}.m4a"
    response = send_file(
        path,
        mimetype="audio/mp4",
        as_attachment=request.args.get("download") == "1",
        download_name="".join(c for c in name if c.isprintable() and c not in '/\\"'),
        conditional=True,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _clip(db: Transaction, session_id: int, source_id: int) -> Clip:
    start, end = seconds_at(request.args.get("from", "")), seconds_at(request.args.get("to", ""))
    if start is None or end is None:
        raise NotFoundError("A clip needs a start and an end time.")
    source_of(db, session_id, source_id)
    clip = clips.find(db, viewer(), source_id, start, end)
    if clip is None:
        raise NotFoundError("This clip was not found.")
    return clip


def source_of(db: Transaction, session_id: int, source_id: int) -> Source:
    """Return a source of a session.

    Raises:
        NotFoundError: The source does not exist, the viewer may not see it, or it belongs to
            another session.
    """
    session_for(db, viewer(), session_id)
    source = sources.visible_source(db, viewer(), source_id)
    if source.session_id != session_id:
        raise NotFoundError(
            "This recording does not exist, or you do not have permission to see it."
        )
    return source


def _moment(db: Transaction, session_id: int, source_id: int) -> Moment:
    """Return the moment that the URL parameters name.

    Raises:
        NotFoundError: The source or paragraph does not exist, or the viewer may not see it.
        InvalidInputError: The times are not valid, or the range is too long.
    """
    source = source_of(db, session_id, source_id)
    version = versions.current_version(db, source_id)
    lines = read_models.lines_of(db, version.id) if version else []
    if source.kind is SourceKind.NOTE:
        number = params.number(request.args, "paragraph", default=0, low=0)
        if number >= len(lines):
            raise NotFoundError("This paragraph does not exist.")
        place = lines[number].place or f"para. {number + 1}"
        return Moment(
            session=source.session,
            source=source,
            start=None,
            end=None,
            paragraph=number,
            turns=[Turn(speaker="", text=lines[number].text)],
            place=place,
        )
    start, end = _range(source)
    return Moment(
        session=source.session,
        source=source,
        start=start,
        end=end,
        paragraph=None,
        turns=quotations.said_between(lines, start, end),
        place=f"{clock(start)}–{clock(end)}",  # noqa: RUF001 - a range of times
    )


def _range(source: Source) -> tuple[float, float]:
    start = seconds_at(request.args.get("from", "")) or 0.0
    typed = seconds_at(request.args.get("to", ""))
    end = min(start + LENGTH, source.duration or start + LENGTH) if typed is None else typed
    if end <= start or end - start > LONGEST_WORDS:
        raise InvalidInputError("The end must be after the start, and at most half an hour later.")
    return round(start, 3), round(end, 3)


def _refusal(moment: Moment) -> str:
    """Return the reason why no audio file can be made of a moment; empty if it can be made."""
    try:
        clips.validate_range(moment.source, moment.start or 0.0, moment.end or 0.0)
    except InvalidInputError as error:
        return str(error)
    return ""


def _given(moment: Moment) -> dict[str, Any]:
    """Return the URL parameters of a moment."""
    if moment.start is None or moment.end is None:
        return {"paragraph": moment.paragraph or 0}
    return {"from": exact(moment.start), "to": exact(moment.end)}


def exact(seconds: float) -> str:
    """Format seconds with millisecond precision, without trailing zeros."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _typed(seconds: float | None) -> str:
    """Format a time for an input field with a precision of 0.1 s, such as 12:34.5."""
    return "" if seconds is None else precise(round(seconds, 1))


@bp.app_template_global()
def cite_address(hit: Hit | Quote | Place) -> str:
    """Return the URL of the clip page for a hit: a time range, or a paragraph of a note."""
    given: dict[str, Any] = (
        {"paragraph": hit.segment}
        if hit.start is None
        else {"from": exact(hit.start), "to": exact(hit.end or hit.start + LENGTH)}
    )
    return url_for(
        "clips.page",
        session_id=hit.session_id,
        source_id=hit.source_id,
        _anchor="cite",
        **given,
    )


@bp.app_template_global()
def citation_of(session: MentoringSession, source: Source) -> citations.Citation:
    """Return the citation of a whole source."""
    return citations.of(session, source)
