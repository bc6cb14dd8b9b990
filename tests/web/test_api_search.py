"""What programs are given around an answer, by the engine of the site."""

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
from web.site import create_app

SAID = "Ask for feedback the same day, while everybody still remembers the meeting."


@pytest.fixture
def client(app: Flask, library: Library, queue: WorkQueue) -> FlaskClient:
    """A program that speaks for nobody, to a site with the real engine."""
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
    return create_app(library=library, engine=engine, queue=queue).test_client()


def test_a_search_gives_quotes_with_their_place(client) -> None:
    """A quote is verbatim and leads to its second and to its passage."""
    answer = client.get("/api/v1/search?q=feedback the same day, everybody remembers").json

    first = answer["quotes"][0]
    assert (first["text"], first["speaker"], first["start"]) == (SAID, "Ada", 0.0)
    assert client.get(first["links"]["moment"]).status_code == 200
    assert client.get(first["links"]["passage"]).status_code < 400


def test_a_search_tells_who_speaks_and_what_can_be_narrowed(client) -> None:
    """Speakers come with proof, facets with counts; nothing of what is hidden is in either."""
    answer = client.get("/api/v1/search?q=feedback about the meeting").json

    assert {voice["name"] for voice in answer["speakers"]} == {"Ada", "Cleo"}
    assert {view["name"] for view in answer["views"]} == {"Ada", "Cleo"}
    assert [(y["value"], y["sessions"]) for y in answer["facets"]["years"]] == [
        ("2026", 1),
        ("2025", 1),
    ]
    assert "zeppelin" not in str(answer)


def test_sessions_can_come_newest_first(client) -> None:
    """The order is asked for, and nothing else of the answer changes."""
    answer = client.get("/api/v1/search?q=feedback about the meeting&order=newest").json

    assert [s["title"] for s in answer["sessions"]] == ["Notes on feedback", "Feedback"]


def test_an_unknown_order_is_refused(client) -> None:
    """With a problem document, not with an error."""
    assert client.get("/api/v1/search?q=feedback&order=random").status_code == 422


def test_suggestions_are_of_what_may_be_seen(client) -> None:
    """Visible words complete and repair what is typed; hidden ones never."""
    said = client.get("/api/v1/suggest?q=remem").json
    hidden = client.get("/api/v1/suggest?q=zepp").json
    wrong = client.get("/api/v1/search?q=fedback").json

    assert "remembers" in [s["text"] for s in said["suggestions"]]
    assert hidden["suggestions"] == []
    assert wrong["instead"] == "feedback"


def test_related_passages_are_given_by_passage(client) -> None:
    """Of a passage that may be seen; any other is not found."""
    first = client.get("/api/v1/search?q=feedback the same day").json["quotes"][0]["passage_id"]

    answer = client.get(f"/api/v1/passages/{first}/related")

    assert [q["speaker"] for q in answer.json["related"]] == ["Cleo"]
    assert client.get("/api/v1/passages/3/related").status_code == 404
    assert client.get("/api/v1/passages/4711/related").status_code == 404


def test_a_written_answer_is_off(client) -> None:
    """Nobody has set a language model up: the reason says so, or who may ask."""
    answer = client.get("/api/v1/answer?q=feedback").json

    assert answer["sentences"] == []
    assert answer["reason"]
