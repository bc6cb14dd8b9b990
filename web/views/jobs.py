"""How far the work on a source is; try it again, or stop it."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import may_edit, session_for
from library.errors import NotAllowedError
from library.holdings import jobs, sources
from library.models import Release, Source, SourceKind, Stage, State
from web import parameters, times
from web.context import library, queue, viewer
from web.redirects import back_to

bp = Blueprint("jobs", __name__)

STEPS = (  # what people see, and the stage that is finished when it is done
    ("Received", Stage.RECEIVED),
    ("Decoding", Stage.DECODED),
    ("Listening", Stage.TRANSCRIBED),
    ("Indexing", Stage.INDEXED),
)
ORDER = tuple(Stage)
MOST_GOING = 50
PAGE = 30
WORDS = {
    State.WAITING: "Waiting for its turn",
    State.READY: "Ready",
    State.FAILED: "It did not work",
    State.CANCELLED: "Stopped",
}


@bp.get("/jobs")
def index() -> str:
    """All the work that one may retry or stop: what goes on or failed first, then what is over."""
    if not viewer().is_member:
        raise NotAllowedError
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        going = [] if before else jobs.editable(db, viewer(), busy=True, limit=MOST_GOING)
        over = jobs.editable(db, viewer(), busy=False, limit=PAGE + 1, before_id=before)
        return render_template(
            "jobs/index.html",
            going=[(source, describe(source)) for source in going],
            over=[(source, describe(source)) for source in over[:PAGE]],
            more=over[PAGE - 1].id if len(over) > PAGE else None,
        )


@bp.get("/sessions/<int:session_id>/progress")
def page(session_id: int) -> str:
    """The work on a session's sources, live."""
    with library().reading() as db:
        session = session_for(db, viewer(), session_id)
        given = [describe(source) for source in session.sources]
        return render_template(
            "jobs/page.html",
            session=session,
            jobs=given,
            busy=any(job["busy"] for job in given),
            ready=all(job["state"] == State.READY for job in given),
            may_edit=may_edit(viewer(), session),
            to_name=session.held and may_edit(viewer(), session),
            waits=session.release is Release.WAITING,
        )


@bp.get("/jobs/<int:source_id>.json")
def status(source_id: int) -> Response:
    """The same for the page's own script."""
    with library().reading() as db:
        job = describe(sources.visible_source(db, viewer(), source_id))
    response = jsonify(job)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/jobs/<int:source_id>/retry")
def retry(source_id: int) -> ResponseReturnValue:
    """Let the worker try again, from the stage after the last finished one."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.retry(source)
    queue().request(source_id)
    flash("The work goes on from where it stopped.")
    return redirect(back_to(url_for("jobs.page", session_id=source.session_id)))


@bp.post("/jobs/<int:source_id>/cancel")
def cancel(source_id: int) -> ResponseReturnValue:
    """Stop the work; what is finished of it stays."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.cancel(source)
    flash("Stopped. The file is safe; you can let the work go on at any time.")
    return redirect(back_to(url_for("jobs.page", session_id=source.session_id)))


def describe(source: Source) -> dict[str, Any]:
    """A source's work as people and programs read it."""
    busy = source.state in {State.WAITING, State.WORKING}
    left = jobs.seconds_left(source)
    return {
        "source_id": source.id,
        "session_id": source.session_id,
        "filename": source.filename,
        "kind": source.kind.value,
        "state": source.state.value,
        "stage": source.stage.value,
        "activity": source.activity,
        "words": _words(source),
        "percent": 100 if source.state is State.READY else int(source.progress * 100),
        "progress": 1.0 if source.state is State.READY else source.progress,
        "steps": steps(source),
        "busy": busy,
        "can_retry": source.state in {State.FAILED, State.CANCELLED},
        "attempts": source.attempts,
        "tries": tries(source),
        "seconds_left": left,
        "left": "" if left is None else f"about {times.about(left)} left",
        "lost": jobs.lost(source),
        "error": source.error,
    }


def tries(source: Source) -> str:
    """Which try this is, where it is not the first."""
    if source.attempts < 2 or source.state is State.READY:
        return ""
    return f"try {source.attempts}"


def _words(source: Source) -> str:
    if jobs.lost(source):
        return "No sign of life from the worker; it is taken up again"
    return WORDS.get(source.state) or source.activity or "Starting"


def steps(source: Source) -> list[dict[str, str]]:
    """The stages with where each stands: done, now, or still to come."""
    finished = ORDER.index(source.stage)
    listen = source.kind is SourceKind.RECORDING and source.transcript_sha256 is None
    listed = []
    for label, stage in STEPS:
        place = ORDER.index(stage)
        now = place == finished + 1 and source.state in {State.WORKING, State.WAITING}
        standing = "done" if place <= finished else "now" if now else "later"
        shown = "Reading" if label == "Listening" and not listen else label
        listed.append({"label": shown, "standing": standing})
    ready = "done" if source.state is State.READY else "later"
    return [*listed, {"label": "Ready", "standing": ready}]
