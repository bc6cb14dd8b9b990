"""What the words in the question box may become: of what the reader may see, nothing else."""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from search.findings import Suggestion, SuggestionKind
from web import parameters
from web.context import engine, viewer

bp = Blueprint("suggestions", __name__)

MOST = 8
LONGEST = 200  # characters; nobody completes a longer question


@bp.get("/suggest")
def page() -> Response:
    """Suggestions for `?q=`; as OpenSearch suggestions with `?list=1`."""
    typed = parameters.text(request.args, "q", longest=LONGEST)
    found = engine().suggest(typed, viewer(), limit=MOST) if typed else None
    suggestions = found.suggestions if found else ()
    if request.args.get("list"):
        words = [s.text for s in suggestions if s.kind is SuggestionKind.WORD]
        response = jsonify([typed, words])
        response.mimetype = "application/x-suggestions+json"
        return response
    return jsonify(
        typed=typed,
        instead=found.instead if found else "",
        suggestions=[_written(suggestion) for suggestion in suggestions],
    )


def _written(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion for the list under the box; without `href` its text is asked."""
    places = {
        SuggestionKind.SESSION: ("sessions.page", "session_id", "Session"),
        SuggestionKind.PERSON: ("people.page", "person_id", "Person"),
        SuggestionKind.COLLECTION: ("collections.page", "collection_id", "Collection"),
        SuggestionKind.PASSAGE: ("passages.page", "passage_id", ""),
    }
    written: dict[str, Any] = {
        "text": suggestion.text,
        "kind": suggestion.kind,
        "note": suggestion.about,
    }
    if suggestion.kind in places and suggestion.id is not None:
        endpoint, name, note = places[suggestion.kind]
        written["note"] = suggestion.about or note
        values: dict[str, Any] = {name: suggestion.id}
        written["href"] = url_for(endpoint, **values)
    return written
