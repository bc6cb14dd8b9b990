"""Autocomplete of the question box, limited to what the viewer may see."""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from library.discovery import saved_searches
from library.translation import gettext
from search.results.result_types import Suggestion, SuggestionKind
from web.http import params
from web.http.context import engine, library, viewer
from web.search import query

bp = Blueprint("suggestions", __name__)

MOST = 8
RECENT = 2  # maximum number of the viewer's earlier searches among the suggestions
LONGEST = 200  # characters of the typed text that are used


@bp.get("/suggest")
def page() -> Response:
    """Return suggestions for `?q=`; with `?list=1` in the OpenSearch format."""
    typed = params.text(request.args, "q", longest=LONGEST)
    found = engine().suggest(typed, viewer(), limit=MOST)
    suggestions = found.suggestions
    if request.args.get("list"):
        texts = (SuggestionKind.WORD, SuggestionKind.QUESTION)
        words = [s.text for s in suggestions if s.kind in texts]
        response = jsonify([typed, words])
        response.mimetype = "application/x-suggestions+json"
        return response
    return jsonify(
        typed=typed,
        instead=found.instead,
        suggestions=[*_asked_before(typed), *map(_written, suggestions)],
    )


def _asked_before(typed: str) -> list[dict[str, Any]]:
    """Return the viewer's searches that contain the typed text, saved searches first."""
    with library().reading() as db:
        own = [
            (s.name, s.question, s.filters, gettext("Saved"))
            for s in saved_searches.saved(db, viewer())
        ]
        own += [
            (s.question, s.question, s.filters, gettext("Asked before"))
            for s in saved_searches.history(db, viewer())
        ]
    found: dict[str, dict[str, Any]] = {}
    for name, question, filters, note in own:
        address = query.address_of(question, filters)
        if typed.casefold() in name.casefold() and typed.casefold() != name.casefold():
            found.setdefault(
                address, {"text": name, "kind": "search", "note": note, "href": address}
            )
    return list(found.values())[: RECENT if typed else MOST]


def _written(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion as JSON fields. A suggestion without `href` fills the question box."""
    places = {
        SuggestionKind.SESSION: ("sessions.page", "session_id", gettext("Session")),
        SuggestionKind.PERSON: ("people.page", "person_id", gettext("Person")),
        SuggestionKind.COLLECTION: ("collections.page", "collection_id", gettext("Collection")),
        SuggestionKind.TOPIC: ("topics.page", "topic_id", gettext("Topic")),
        SuggestionKind.PASSAGE: ("passages.page", "passage_id", ""),
    }
    written: dict[str, Any] = {
        "text": suggestion.text,
        "kind": suggestion.kind,
        "note": suggestion.about,
    }
    if suggestion.kind is SuggestionKind.QUESTION:
        written["note"] = gettext("Question")
    if suggestion.kind in places and suggestion.id is not None:
        endpoint, name, note = places[suggestion.kind]
        written["note"] = suggestion.about or note
        values: dict[str, Any] = {name: suggestion.id}
        written["href"] = url_for(endpoint, **values)
    return written
