"""What the words in the question box may become: of what the reader may see, nothing else."""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from library.searching import searches
from search.findings import Suggestion, SuggestionKind
from web import asking, parameters
from web.context import engine, library, viewer

bp = Blueprint("suggestions", __name__)

MOST = 8
RECENT = 2  # searches of one's own among them
LONGEST = 200  # characters; nobody completes a longer question


@bp.get("/suggest")
def page() -> Response:
    """Suggestions for `?q=`; as OpenSearch suggestions with `?list=1`."""
    typed = parameters.text(request.args, "q", longest=LONGEST)
    found = engine().suggest(typed, viewer(), limit=MOST)
    suggestions = found.suggestions
    if request.args.get("list"):
        words = [s.text for s in suggestions if s.kind is SuggestionKind.WORD]
        response = jsonify([typed, words])
        response.mimetype = "application/x-suggestions+json"
        return response
    return jsonify(
        typed=typed,
        instead=found.instead,
        suggestions=[*_asked_before(typed), *map(_written, suggestions)],
    )


def _asked_before(typed: str) -> list[dict[str, Any]]:
    """Searches of one's own that hold what is typed: those that one keeps, then the last."""
    with library().reading() as db:
        own = [(s.name, s.question, s.filters, "Kept") for s in searches.saved(db, viewer())]
        own += [
            (s.question, s.question, s.filters, "Asked") for s in searches.history(db, viewer())
        ]
    found: dict[str, dict[str, Any]] = {}
    for name, question, filters, note in own:
        address = asking.address_of(question, filters)
        if typed.casefold() in name.casefold() and typed.casefold() != name.casefold():
            found.setdefault(
                address, {"text": name, "kind": "search", "note": note, "href": address}
            )
    return list(found.values())[: RECENT if typed else MOST]


def _written(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion for the list under the box; without `href` its text is asked."""
    places = {
        SuggestionKind.SESSION: ("sessions.page", "session_id", "Session"),
        SuggestionKind.PERSON: ("people.page", "person_id", "Person"),
        SuggestionKind.COLLECTION: ("collections.page", "collection_id", "Collection"),
        SuggestionKind.TOPIC: ("topics.page", "topic_id", "Topic"),
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
