"""Tests of the search API with the real engine.

Covers: search.search_api, search.search_schemas.
"""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.models import SourceKind, Visibility
from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder
from tests.web.shared_routes import made_app

SAID = "Ask for feedback the same day, while everybody still remembers the meeting."


@pytest.fixture
def client(app: Flask, library: Library, queue: WorkQueue) -> FlaskClient:
    """HTTP client without a token, for a site with the real search engine and sessions."""
    add_session(library, title="Feedback", lines=[("Ada", SAID)], held_on=date(2025, 3, 1))
    add_session(
        library,
        title="Notes on feedback",
        lines=[("Cleo", "When feedback comes late, nobody remembers what the meeting was about.")],
        kind=SourceKind.NOTE,
        held_on=date(2026, 3, 1),
    )
    add_session(
        library,
        title="Secret",
        lines=[("Zoe", "Feedback about the zeppelin must wait for the meeting on Monday.")],
        visibility=Visibility.PRIVATE,
    )
    engine = Engine(library, BagOfWordsEmbedder())
    return made_app(library=library, engine=engine, queue=queue).test_client()


def test_a_search_gives_quotes_with_links(client) -> None:
    """A quote has the exact words, speaker and time, and links to its moment and its passage."""
    answer = client.get("/api/v1/search?q=feedback the same day, everybody remembers").json

    first = answer["quotes"][0]
    assert (first["text"], first["speaker"], first["start"]) == (SAID, "Ada", 0.0)
    assert client.get(first["links"]["moment"]).status_code == 200
    assert client.get(first["links"]["passage"]).status_code < 400


def test_a_search_gives_speakers_and_facets(client) -> None:
    """Speakers, differing opinions and facets of a search count visible sessions only."""
    answer = client.get("/api/v1/search?q=feedback about the meeting").json

    assert {speaker["name"] for speaker in answer["speakers"]} == {"Ada", "Cleo"}
    assert {view["name"] for view in answer["views"]} == {"Ada", "Cleo"}
    assert [(y["value"], y["sessions"]) for y in answer["facets"]["years"]] == [
        ("2026", 1),
        ("2025", 1),
    ]
    assert "zeppelin" not in str(answer)


def test_sessions_can_come_newest_first(client) -> None:
    """With `order=newest`, the newest session comes first."""
    answer = client.get("/api/v1/search?q=feedback about the meeting&order=newest").json

    assert [s["title"] for s in answer["sessions"]] == ["Notes on feedback", "Feedback"]


def test_an_unknown_order_is_refused(client) -> None:
    """A search with an unknown order answers 422."""
    assert client.get("/api/v1/search?q=feedback&order=random").status_code == 422


def test_suggestions_are_of_what_may_be_seen(client) -> None:
    """Suggestions complete and correct typed words with words of visible sessions only."""
    answer = client.get("/api/v1/suggest?q=remem").json
    hidden = client.get("/api/v1/suggest?q=zepp").json
    wrong = client.get("/api/v1/search?q=fedback").json

    assert "remembers" in [s["text"] for s in answer["suggestions"]]
    assert hidden["suggestions"] == []
    assert wrong["instead"] == "feedback"


def test_related_passages_are_given_by_passage(client) -> None:
    """A visible passage has related passages. A private or unknown passage answers 404."""
    first = client.get("/api/v1/search?q=feedback the same day").json["quotes"][0]["passage_id"]

    answer = client.get(f"/api/v1/passages/{first}/related")

    assert [q["speaker"] for q in answer.json["related"]] == ["Cleo"]
    assert client.get("/api/v1/passages/3/related").status_code == 404
    assert client.get("/api/v1/passages/4711/related").status_code == 404


def test_a_written_answer_is_off(client) -> None:
    """Without a language model, the API gives a reason instead of a generated answer."""
    answer = client.get("/api/v1/answer?q=feedback").json

    assert answer["sentences"] == []
    assert answer["reason"]
