"""Ask the library from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.scope import Filters
from search.answers import Answer, Hit
from web import addresses
from web.context import engine, viewer
from web.views.api.schemas import AnswerSchema, QuestionSchema

bp = Blueprint("api_search", __name__, url_prefix="/api/v1", description="Ask the library.")


@bp.get("/search")
@bp.arguments(QuestionSchema, location="query")
@bp.response(200, AnswerSchema)
def search(given: dict[str, Any]) -> dict[str, Any]:
    """Sessions and moments that answer a question, among what you may see."""
    filters = Filters(
        session_id=given["session"],
        collection_id=given["collection"],
        person_id=given["person"],
        since=given["since"],
        until=given["until"],
        kinds=given["kind"],
        forms=given["form"],
    )
    return _written(engine().search(given["q"], viewer(), filters=filters, limit=given["limit"]))


def _written(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "found": answer.found,
        "engines": answer.engines,
        "coverage": {"searchable": answer.searchable, "total": answer.total},
        "seconds": answer.seconds,
        "sessions": [
            {
                "session_id": found.session_id,
                "title": found.title,
                "held_on": found.held_on,
                "form": found.form,
                "duration": found.duration,
                "hits": [_hit(hit, answer.question) for hit in found.hits],
                "links": {
                    "page": url_for("sessions.page", session_id=found.session_id),
                    "self": url_for("api_sessions.one", session_id=found.session_id),
                },
            }
            for found in answer.sessions
        ],
    }


def _hit(hit: Hit, question: str) -> dict[str, Any]:
    return {
        "passage_id": hit.passage_id,
        "source_id": hit.source_id,
        "kind": hit.kind,
        "start": hit.start,
        "end": hit.end,
        "segment": hit.segment,
        "speaker": hit.speaker,
        "person_id": hit.person_id,
        "text": hit.text,
        "snippet": [{"text": f.text, "marked": f.marked} for f in hit.snippet],
        "score": hit.score,
        "parts": hit.parts,
        "links": {
            "moment": addresses.moment(hit, question),
            "passage": url_for("passages.page", passage_id=hit.passage_id),
        },
    }
