"""Job pages: show the progress of sources, retry a job, cancel a job."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import may_edit, session_for
from library.errors import NotAllowedError
from library.models import Release, Source, SourceKind, Stage, State
from library.sessions import jobs, sources
from library.translation import gettext, mark
from web.http import params
from web.http.context import library, queue, viewer
from web.rendering import times
from web.rendering.local_links import back_to

bp = Blueprint("jobs", __name__)

STEPS = (  # label, and the stage that is finished when the step is done
    (mark("Received"), Stage.RECEIVED),
    (mark("Decoding"), Stage.DECODED),
    (mark("Transcribing"), Stage.TRANSCRIBED),
    (mark("Indexing"), Stage.INDEXED),
)
ORDER = tuple(Stage)
MOST_UNFINISHED = 50
PAGE = 30
WORDS = {
    State.WAITING: mark("Waiting in the queue"),
    State.READY: mark("Ready"),
    State.FAILED: mark("Processing failed"),
    State.CANCELLED: mark("Stopped"),
}
ACTIVITIES = {  # label of each activity that the worker reports
    "Decoding": mark("Decoding"),
    "Preparing the sound": mark("Preparing the audio"),
    "Listening": mark("Transcribing"),
    "Telling the speakers apart": mark("Separating the speakers"),
    "Reading": mark("Reading"),
    "Indexing": mark("Indexing"),
    "Trimming the sound": mark("Removing audio"),
}


@bp.get("/jobs")
def index() -> str:
    """List the jobs that the viewer may retry or cancel, unfinished jobs first."""
    if not viewer().is_member:
        raise NotAllowedError
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        going = [] if before else jobs.editable(db, viewer(), busy=True, limit=MOST_UNFINISHED)
        over = jobs.editable(db, viewer(), busy=False, limit=PAGE + 1, before_id=before)
        return render_template(
            "capture/jobs.html",
            going=[(source, describe(source)) for source in going],
            over=[(source, describe(source)) for source in over[:PAGE]],
            more=over[PAGE - 1].id if len(over) > PAGE else None,
        )


@bp.get("/sessions/<int:session_id>/progress")
def page(session_id: int) -> str:
    """Show the progress of a session's sources, updated live."""
    with library().reading() as db:
        session = session_for(db, viewer(), session_id)
        given = [describe(source) for source in session.sources]
        return render_template(
            "capture/job.html",
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
    """Return the progress of one source as JSON, for the script of the page."""
    with library().reading() as db:
        job = describe(sources.visible_source(db, viewer(), source_id))
    response = jsonify(job)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/jobs/<int:source_id>/retry")
def retry(source_id: int) -> ResponseReturnValue:
    """Retry a job, beginning with its first unfinished stage."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.retry(source)
    queue().request(source_id)
    flash(gettext("Processing continues from where it stopped."))
    return redirect(back_to(url_for("jobs.page", session_id=source.session_id)))


@bp.post("/jobs/<int:source_id>/cancel")
def cancel(source_id: int) -> ResponseReturnValue:
    """Cancel a job. The results of finished stages stay."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.cancel(source)
    flash(
        gettext(
            "Processing is stopped. The file is stored; you can continue processing at any time."
        )
    )
    return redirect(back_to(url_for("jobs.page", session_id=source.session_id)))


def describe(source: Source) -> dict[str, Any]:
    """Return the fields of a source's job that pages and the API show."""
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
        "left": "" if left is None else gettext("about %(time)s left", time=times.about(left)),
        "lost": jobs.lease_expired(source),
        "error": gettext(source.error),
    }


def tries(source: Source) -> str:
    """Return the number of the present attempt as text; empty for the first attempt."""
    if source.attempts < 2 or source.state is State.READY:
        return ""
    return gettext("attempt %(number)s", number=source.attempts)


def _words(source: Source) -> str:
    if jobs.lease_expired(source):
        return gettext("Processing does not respond; it will resume automatically")
    if source.state in WORDS:
        return gettext(WORDS[source.state])
    activity = ACTIVITIES.get(source.activity, source.activity)
    return gettext(activity) if activity else gettext("Starting")


def steps(source: Source) -> list[dict[str, str]]:
    """Return the stages of a job, each as `label` and `standing`: done, now or later."""
    finished = ORDER.index(source.stage)
    listen = source.kind is SourceKind.RECORDING and source.transcript_sha256 is None
    listed = []
    for label, stage in STEPS:
        place = ORDER.index(stage)
        now = place == finished + 1 and source.state in {State.WORKING, State.WAITING}
        standing = "done" if place <= finished else "now" if now else "later"
        shown = mark("Reading") if stage is Stage.TRANSCRIBED and not listen else label
        listed.append({"label": gettext(shown), "standing": standing})
    ready = "done" if source.state is State.READY else "later"
    return [*listed, {"label": gettext("Ready"), "standing": ready}]
