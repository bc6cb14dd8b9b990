"""Watch, retry and stop the work on sources."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.editing import relistening
from library.holdings import jobs, sources
from library.models import Source
from library.weights import chosen_model
from web.context import library, queue, viewer
from web.views.api.paging import asked, cut, following
from web.views.api.schemas import JobListSchema, JobSchema, ListenSchema, PageSchema
from web.views.jobs import describe

bp = Blueprint(
    "api_jobs", __name__, url_prefix="/api/v1/jobs", description="The work on what was added."
)


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, JobListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The work that you may see, newest first."""
    with library().reading() as db:
        shown, last = cut(page, jobs.visible(db, viewer(), **asked(page)))
        listed = [written(source) for source in shown]
    return {"jobs": listed, "next": following("api_jobs.index", page, last)}


@bp.get("/<int:source_id>")
@bp.response(200, JobSchema)
def one(source_id: int) -> dict[str, Any]:
    """The work on one source."""
    with library().reading() as db:
        return written(sources.visible_source(db, viewer(), source_id))


@bp.post("/<int:source_id>/retry")
@bp.response(202, JobSchema)
def retry(source_id: int) -> dict[str, Any]:
    """Go on after the last finished stage."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.retry(source)
    queue().request(source_id)
    return written(source)


@bp.post("/<int:source_id>/listen")
@bp.arguments(ListenSchema)
@bp.response(202, JobSchema)
def listen(given: dict[str, Any], source_id: int) -> dict[str, Any]:
    """Hear a recording again, with another model if you like; corrections are carried over."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        model = chosen_model(library().settings, given["model"])
        relistening.listen_again(db, viewer(), source_id, language=given["language"], model=model)
    queue().request(source_id)
    return written(source)


@bp.post("/<int:source_id>/cancel")
@bp.response(200, JobSchema)
def cancel(source_id: int) -> dict[str, Any]:
    """Stop the work; what is finished of it stays."""
    with library().transaction() as db:
        source = sources.source_to_edit(db, viewer(), source_id)
        jobs.cancel(source)
    return written(source)


def written(source: Source) -> dict[str, Any]:
    """A job as the API gives it."""
    return {
        **describe(source),
        "links": {
            "self": url_for("api_jobs.one", source_id=source.id),
            "session": url_for("api_sessions.one", session_id=source.session_id),
            "page": url_for("jobs.page", session_id=source.session_id),
        },
    }
