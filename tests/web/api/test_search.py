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
        lines=[
            (
                "Cleo",
                "When feedback is late, the same day is over. Nobody still remembers the meeting.",
            )
        ],
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
    """Speakers and facets of a search count visible sessions only."""
    answer = client.get("/api/v1/search?q=feedback about the meeting").json

    assert {speaker["name"] for speaker in answer["speakers"]} == {"Ada", "Cleo"}
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


def test_the_question_can_have_operators(client) -> None:
    """`q` can have operators, as in the question box. The response lists those that count."""
    answer = client.get('/api/v1/search?q=feedback -nobody "same day" speaker:Nemo').json

    assert [session["title"] for session in answer["sessions"]] == ["Feedback"]
    assert answer["question"] == 'feedback -nobody "same day" speaker:Nemo'
    assert answer["operators"] == [
        {"kind": "without", "value": "nobody", "start": 9, "end": 16},
        {"kind": "phrase", "value": "same day", "start": 17, "end": 27},
    ]
    assert client.get("/api/v1/search?q=feedback").json["operators"] == []


def test_a_feed_follows_a_question_with_operators(client) -> None:
    """A feed has only the results that pass the operators of its question."""
    feed = client.get("/feed.atom?q=feedback about the meeting -nobody").text

    assert "Ada, Feedback" in feed
    assert "Notes on feedback" not in feed


def test_a_title_leads_to_its_session(client) -> None:
    """The session whose title is asked is first. `matches` says why. Hidden ones stay hidden."""
    answer = client.get("/api/v1/search?q=Notes on feedback").json

    hidden = client.get("/api/v1/search?q=Secret").json

    (first, *_) = answer["sessions"]
    assert (first["title"], first["matches"]) == ("Notes on feedback", ["title"])
    assert [s["title"] for s in hidden["sessions"] if s["title"] == "Secret"] == []


def test_nothing_found_gives_the_nearest_places(client: FlaskClient, library: Library) -> None:
    """If nothing answers, `nearest` has the best place of up to three sessions, with links.

    Search by words only does the same.
    """
    words_only = made_app(library=library, engine=Engine(library, None), queue=None).test_client()

    for program in (client, words_only):
        found = program.get(
            "/api/v1/search", query_string={"q": "meeting xyzzy plugh frobozz"}
        ).json

        assert found["found"] is False
        assert [len(place["hits"]) for place in found["nearest"]] == [1] * len(found["nearest"])
        assert 1 <= len(found["nearest"]) <= 3
        assert found["nearest"][0]["hits"][0]["links"]["moment"].startswith("/sessions/")
        assert found["quotes"] == []
