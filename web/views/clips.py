"""A moment to keep: a stretch of a session with its words, its sound and its citation."""

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
from library.editing import transcripts
from library.errors import InvalidInputError, NotFoundError
from library.holdings import reading, sources
from library.models import Clip, MentoringSession, Source, SourceKind
from library.publishing import clips
from library.searching import quoting
from library.searching.quoting import Turn
from library.store import Transaction
from search.answers import Hit
from search.findings import Quote
from web import citations, parameters
from web.context import library, viewer
from web.times import clock, precise, seconds_at

bp = Blueprint("clips", __name__)

LENGTH = 30.0  # seconds, where nobody says how long
LONGEST_WORDS = 1800.0  # seconds that are quoted at most


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What is kept: a range in seconds, or a paragraph of a note."""

    session: MentoringSession
    source: Source
    start: float | None
    end: float | None
    paragraph: int | None
    turns: list[Turn]
    place: str


@bp.get("/sessions/<int:session_id>/clip/<int:source_id>")
def page(session_id: int, source_id: int) -> str:
    """The words of a moment with its citation; its sound to hear, and as a file if asked for."""
    with library().reading() as db:
        moment = _moment(db, session_id, source_id)
        audible = moment.source.kind is SourceKind.RECORDING
        clip, refused = None, ""
        if audible and moment.start is not None and moment.end is not None:
            clip = clips.find(db, viewer(), source_id, moment.start, moment.end)
            refused = _refusal(moment)
        cited = citations.of(moment.session, moment.source, start=moment.start, place=moment.place)
        return render_template(
            "clips/page.html",
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
        )


@bp.post("/sessions/<int:session_id>/clip/<int:source_id>")
def ask(session_id: int, source_id: int) -> ResponseReturnValue:
    """Have the sound of a moment cut out as a file of its own."""
    with library().transaction() as db:
        moment = _moment(db, session_id, source_id)
        if moment.start is None or moment.end is None:
            raise NotFoundError("There is no sound here.")
        clips.ask(db, viewer(), source_id, moment.start, moment.end)
        given = _given(moment)
    return redirect(
        url_for("clips.page", session_id=session_id, source_id=source_id, **given), code=303
    )


@bp.get("/sessions/<int:session_id>/clip/<int:source_id>.json")
def state(session_id: int, source_id: int) -> Response:
    """Whether the sound of a moment is cut, for the page's own script."""
    with library().reading() as db:
        clip = _clip(db, session_id, source_id)
        response = jsonify(ready=clip.made_at is not None, error=clip.error)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/sessions/<int:session_id>/clip/<int:source_id>.m4a")
def sound(session_id: int, source_id: int) -> Response:
    """The sound of a moment as a file; asked for with every download whether one still may."""
    with library().reading() as db:
        clip = _clip(db, session_id, source_id)
        title = clip.source.session.title
    path = clips.path(library(), clip)
    if clip.made_at is None or not path.is_file():
        raise NotFoundError("This clip is not cut yet.")
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
        raise NotFoundError("There is no clip without its two times.")
    source_of(db, session_id, source_id)
    clip = clips.find(db, viewer(), source_id, start, end)
    if clip is None:
        raise NotFoundError("There is no such clip.")
    return clip


def source_of(db: Transaction, session_id: int, source_id: int) -> Source:
    """A source of a session.

    Raises:
        NotFoundError: there is none for the reader, or it belongs to another session.
    """
    session_for(db, viewer(), session_id)
    source = sources.visible_source(db, viewer(), source_id)
    if source.session_id != session_id:
        raise NotFoundError("There is no recording here, or none that you may see.")
    return source


def _moment(db: Transaction, session_id: int, source_id: int) -> Moment:
    """What the address asks for.

    Raises:
        NotFoundError: there are no words here, or none for this reader.
        InvalidInputError: the times make no sense.
    """
    source = source_of(db, session_id, source_id)
    version = transcripts.current_version(db, source_id)
    lines = reading.lines_of(db, version.id) if version else []
    if source.kind is SourceKind.NOTE:
        number = parameters.number(request.args, "paragraph", default=0, low=0)
        if number >= len(lines):
            raise NotFoundError("There is no such paragraph.")
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
        turns=quoting.said_between(lines, start, end),
        place=f"{clock(start)}–{clock(end)}",  # noqa: RUF001 - a range of times
    )


def _range(source: Source) -> tuple[float, float]:
    start = seconds_at(request.args.get("from", "")) or 0.0
    typed = seconds_at(request.args.get("to", ""))
    end = min(start + LENGTH, source.duration or start + LENGTH) if typed is None else typed
    if end <= start or end - start > LONGEST_WORDS:
        raise InvalidInputError("A moment begins before it ends, and is at most half an hour long.")
    return round(start, 3), round(end, 3)


def _refusal(moment: Moment) -> str:
    """Why the sound of this moment cannot be cut; empty: it can."""
    try:
        clips.checked(moment.source, moment.start or 0.0, moment.end or 0.0)
    except InvalidInputError as error:
        return str(error)
    return ""


def _given(moment: Moment) -> dict[str, Any]:
    """What names this moment in an address."""
    if moment.start is None or moment.end is None:
        return {"paragraph": moment.paragraph or 0}
    return {"from": exact(moment.start), "to": exact(moment.end)}


def exact(seconds: float) -> str:
    """Seconds to the millisecond, as clips are named by."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _typed(seconds: float | None) -> str:
    """A time as people type it, to the tenth: 12:34.5."""
    return "" if seconds is None else precise(round(seconds, 1))


@bp.app_template_global()
def cite_address(said: Hit | Quote) -> str:
    """Where a moment is quoted and cited, with its second; a paragraph, in a note."""
    given: dict[str, Any] = (
        {"paragraph": said.segment}
        if said.start is None
        else {"from": exact(said.start), "to": exact(said.end or said.start + LENGTH)}
    )
    return url_for(
        "clips.page",
        session_id=said.session_id,
        source_id=said.source_id,
        _anchor="cite",
        **given,
    )


@bp.app_template_global()
def citation_of(session: MentoringSession, source: Source) -> citations.Citation:
    """How a session is cited as a whole."""
    return citations.of(session, source)
