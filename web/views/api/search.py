"""Ask the library from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.searching.scope import Filters
from search.answers import Answer, Hit
from search.findings import Order, Quote, Suggestions, Written
from web import addresses
from web.context import engine, viewer
from web.views.api.found_schemas import (
    ExploreSchema,
    FindingsSchema,
    HowManySchema,
    RelatedSchema,
    SuggestionsSchema,
    TypedSchema,
    WrittenSchema,
)
from web.views.api.schemas import QuestionSchema

bp = Blueprint("api_search", __name__, url_prefix="/api/v1", description="Ask the library.")


@bp.get("/search")
@bp.arguments(ExploreSchema, location="query")
@bp.response(200, FindingsSchema)
def search(given: dict[str, Any]) -> dict[str, Any]:
    """Sessions, moments and quotes that answer a question, among what you may see."""
    found = engine().explore(
        given["q"],
        viewer(),
        filters=_filters(given),
        limit=given["limit"],
        order=Order(given["order"]),
    )
    return {
        **_written(found.answer),
        "quotes": [_quote(quote) for quote in found.quotes],
        "speakers": [{**vars(v), "proof": _quote(v.proof)} for v in found.voices],
        "views": [{**vars(v), "quote": _quote(v.quote)} for v in found.views],
        "facets": found.facets,
        "topics": [
            {**vars(topic), "links": {"self": url_for("api_topics.one", topic_id=topic.topic_id)}}
            for topic in found.topics
        ],
        "instead": found.instead,
    }


@bp.get("/suggest")
@bp.arguments(TypedSchema, location="query")
@bp.response(200, SuggestionsSchema)
def suggest(given: dict[str, Any]) -> Suggestions:
    """What the words typed so far may become, of what you may see."""
    return engine().suggest(given["q"], viewer(), limit=given["limit"])


@bp.get("/passages/<int:passage_id>/related")
@bp.arguments(HowManySchema, location="query")
@bp.response(200, RelatedSchema)
def related(given: dict[str, Any], passage_id: int) -> dict[str, Any]:
    """Passages that speak of the same, those of other sessions first."""
    found = engine().related(passage_id, viewer(), limit=given["limit"])
    return {"passage_id": passage_id, "related": [_quote(quote) for quote in found]}


@bp.get("/answer")
@bp.arguments(QuestionSchema, location="query")
@bp.response(200, WrittenSchema)
def answer(given: dict[str, Any]) -> Written:
    """An answer written by a language model, where one is set up; for members."""
    return engine().write(given["q"], viewer(), filters=_filters(given))


def _filters(given: dict[str, Any]) -> Filters:
    return Filters(
        session_id=given["session"],
        collection_id=given["collection"],
        topic_id=given["topic"],
        person_id=given["person"],
        since=given["since"],
        until=given["until"],
        kinds=given["kind"],
        forms=given["form"],
    )


def _quote(quote: Quote) -> dict[str, Any]:
    return {
        **vars(quote),
        "links": {
            "moment": addresses.moment(quote),
            "passage": url_for("passages.page", passage_id=quote.passage_id),
        },
    }


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
        "repeats": [
            {
                "passage_id": other.passage_id,
                "session_id": other.session_id,
                "title": other.title,
                "links": {"moment": addresses.moment(other, question)},
            }
            for other in hit.repeats
        ],
        "links": {
            "moment": addresses.moment(hit, question),
            "passage": url_for("passages.page", passage_id=hit.passage_id),
        },
    }
