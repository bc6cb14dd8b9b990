"""API resources of jobs: watch, retry, transcribe again, cancel."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.models import Source
from library.sessions import jobs, sources
from library.transcripts import retranscription
from library.weights import chosen_model
from web.capture.jobs import describe
from web.http.context import library, queue, viewer
from web.http.paging import next_url, query_args, split_page
from web.openapi.schemas import JobListSchema, JobSchema, ListenSchema, PageSchema

bp = Blueprint(
    "api_jobs",
    __name__,
    url_prefix="/api/v1/jobs",
    description="Jobs: processing of recordings and notes.",
)


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, JobListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the jobs that you may see, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, jobs.visible(db, viewer(), **query_args(page)))
        listed = [written(source) for source in shown]
    return {"jobs": listed, "next": next_url("api_jobs.index", page, last)}


@bp.get("/<int:source_id>")
@bp.response(200, JobSchema)
def one(source_id: int) -> dict[str, Any]:
    """Return the job of one source."""
    with library().reading() as db:
        return written(sources.visible_source(db, viewer(), source_id))


@bp.post("/<int:source_id>/retry")
@bp.response(202, JobSchema)
def retry(source_id: int) -> dict[str, Any]:
    """Retry a job, beginning with its first unfinished stage."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.retry(source)
    queue().request(source_id)
    return written(source)


@bp.post("/<int:source_id>/listen")
@bp.arguments(ListenSchema)
@bp.response(202, JobSchema)
def listen(given: dict[str, Any], source_id: int) -> dict[str, Any]:
    """Transcribe a recording again, optionally with another model. Corrections are kept."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        model = chosen_model(library().settings, given["model"])
        retranscription.request(db, viewer(), source_id, language=given["language"], model=model)
    queue().request(source_id)
    return written(source)


@bp.post("/<int:source_id>/cancel")
@bp.response(200, JobSchema)
def cancel(source_id: int) -> dict[str, Any]:
    """Cancel a job. The results of finished stages stay."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.cancel(source)
    return written(source)


def written(source: Source) -> dict[str, Any]:
    """Return a job in the form of `JobSchema`."""
    return {
        **describe(source),
        "links": {
            "self": url_for("api_jobs.one", source_id=source.id),
            "session": url_for("api_sessions.one", session_id=source.session_id),
            "page": url_for("jobs.page", session_id=source.session_id),
        },
    }
