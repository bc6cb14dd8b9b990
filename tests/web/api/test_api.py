"""Tests of the API of sessions, jobs and search.

Covers: capture.jobs_api, sessions.sessions_api.
"""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.accounts import people, tokens
from library.models import ApiToken, Form, ParticipantRole, State, Visibility, now
from library.queue import WorkQueue
from library.sessions import sessions, sources
from library.store import Library
from tests.builders import Account, add_account, add_session, add_waiting, signed_in

Headers = dict[str, str]
TokenOf = Callable[[Account], Headers]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """HTTP client without cookies, as a program that calls the API."""
    return app.test_client()


@pytest.fixture
def as_mentor(mentor: Account, token_of: TokenOf) -> Headers:
    """Request headers with an API token of the mentor."""
    return token_of(mentor)


@pytest.fixture
def own(library: Library, mentor: Account) -> str:
    """API path of a session of the mentor."""
    return f"/api/v1/sessions/{add_session(library, owner=mentor).session_id}"


def test_a_search_describes_its_answer(client: FlaskClient, library: Library) -> None:
    """A search answer names its engines and the numbers of indexed and of all sessions.

    Each hit has passage, time, speaker, score and links.
    """
    built = add_session(library)

    answer = client.get("/api/v1/search?q=feedback the same day").json

    assert answer["found"]
    assert answer["engines"] == ["words"]
    assert answer["coverage"] == {"searchable": 1, "total": 1}
    hit = answer["sessions"][0]["hits"][0]
    assert hit["passage_id"] == built.passage_ids[0]
    assert (hit["start"], hit["end"], hit["speaker"]) == (0.0, 10.0, "Ada")
    assert hit["parts"] == {"words": hit["score"]}
    assert client.get(hit["links"]["moment"]).status_code == 200
    assert client.get(hit["links"]["passage"]).status_code == 302


@pytest.mark.parametrize(
    "narrowed",
    ["collection=5", "since=2030-01-01", "kind=note", "form=peer", "session=99"],
)
def test_filters_narrow_the_search(client: FlaskClient, library: Library, narrowed: str) -> None:
    """A search with a filter that no session matches finds nothing."""
    add_session(library)

    answer = client.get(f"/api/v1/search?q=feedback&{narrowed}").json

    assert answer["found"] is False
    assert answer["sessions"] == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=",
        f"q={'x' * 1001}",
        "q=a&limit=0",
        "q=a&limit=101",
        "q=a&limit=ten",
        "q=a&since=31.5.",
        "q=a&kind=song",
        "q=a&session=99999999999999999999",
    ],
)
def test_invalid_parameters_are_named(client: FlaskClient, query: str) -> None:
    """An invalid query parameter answers 422 with a problem document about the query."""
    answer = client.get(f"/api/v1/search?{query}")

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"]["query"]


def test_lists_go_on_by_a_cursor(client: FlaskClient, library: Library) -> None:
    """Pages linked by `next` contain every session once, newest first."""
    made = [add_session(library, title=f"S{i}").session_id for i in range(5)]
    listed, address = [], "/api/v1/sessions?limit=2"

    while address:
        page = client.get(address).json
        listed += [session["id"] for session in page["sessions"]]
        address = page["next"]

    assert listed == made[::-1]


def test_a_session_is_added_and_its_job_can_be_watched(
    client: FlaskClient, library: Library, queue: WorkQueue, as_mentor: Headers, mentor: Account
) -> None:
    """A program adds a session by a form with a file.

    The answer links to the job, and the finished job links to the session.
    """
    answer = client.post(
        "/api/v1/sessions",
        data={
            "file": (io.BytesIO(b"some sound"), "talk.mp3"),
            "title": "By a program",
            "form": "micro",
            "person": ["Zoe"],
            "part": ["mentee"],
        },
        headers=as_mentor,
    )

    job = client.get(answer.headers["Location"], headers=as_mentor).json
    session = client.get(job["links"]["session"], headers=as_mentor).json
    assert answer.status_code == 202
    assert (job["state"], job["progress"]) == ("waiting", 0.0)
    assert (session["title"], session["form"]) == ("By a program", "micro")
    assert session["participants"][0]["name"] == "Zoe"
    assert queue.pending() == 1
    with library.reading() as db:
        assert sessions.get(db, session["id"]).owner_id == mentor.id


def test_the_same_file_again_names_the_session_that_has_it(
    client: FlaskClient, as_mentor: Headers
) -> None:
    """A file that is in the library answers 409 and names its session.

    With the field `again`, the file is added a second time.
    """

    def send(**more: str) -> tuple[int, dict[str, object]]:
        data = {"file": (io.BytesIO(b"some sound"), "talk.mp3"), **more}
        answer = client.post("/api/v1/sessions", data=data, headers=as_mentor)
        return answer.status_code, answer.json

    first, second, third = send(), send(), send(again="1")

    assert (first[0], second[0], third[0]) == (202, 409, 202)
    assert second[1]["existing_session"] == first[1]["session_id"]


def test_a_change_needs_the_current_version(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """A change of a session answers 428 without `If-Match`, and 412 with an old ETag."""
    path = f"/api/v1/sessions/{add_session(library, owner=mentor).session_id}"
    tag = client.get(path, headers=as_mentor).headers["ETag"]
    matched = {**as_mentor, "If-Match": tag}

    without = client.patch(path, json={"title": "A"}, headers=as_mentor)
    first = client.patch(
        path,
        json={"title": "A", "form": "peer", "participants": [{"name": "Zoe", "part": "peer"}]},
        headers=matched,
    )
    second = client.patch(path, json={"title": "B"}, headers=matched)
    newer = client.patch(
        path,
        json={"held_on": "2024-01-02"},
        headers={**as_mentor, "If-Match": first.headers["ETag"]},
    )

    assert (without.status_code, first.status_code, second.status_code) == (428, 200, 412)
    assert newer.json["title"] == "A"
    assert newer.json["held_on"] == "2024-01-02"
    with library.reading() as db:
        session = sessions.get(db, 1)
        assert session.form is Form.PEER
        assert [(p.person.name, p.part) for p in session.participants] == [
            ("Zoe", ParticipantRole.PEER)
        ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"titel": "A"}, 422),
        ({"title": ""}, 422),
        ({"form": "chat"}, 422),
        ({"participants": [{"name": ""}]}, 422),
        ({"participants": "Zoe"}, 422),
        ({"language": "so wrong"}, 400),
        ({"held_on": "0001-01-01"}, 400),
        (["title"], 422),
        (7, 422),
    ],
)
def test_an_invalid_change_is_refused(
    client: FlaskClient, as_mentor: Headers, own: str, body: object, status: int
) -> None:
    """An invalid change of a session gets a problem document and changes nothing."""
    answer = client.patch(own, json=body, headers={**as_mentor, "If-Match": "*"})

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert client.get(own).json["title"] == "A talk about feedback"


def test_a_session_is_removed_with_its_words(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """After DELETE, the session is not found and no search finds its passages."""
    path = f"/api/v1/sessions/{add_session(library, owner=mentor).session_id}"

    answer = client.delete(path, headers={**as_mentor, "If-Match": "*"})

    assert answer.status_code == 204
    assert client.get(path, headers=as_mentor).status_code == 404
    assert client.get("/api/v1/search?q=feedback").json["found"] is False


def test_a_transcript_comes_as_json_and_as_webvtt(client: FlaskClient, library: Library) -> None:
    """The API gives a transcript as JSON and as WebVTT, with speakers and times."""
    path = f"/api/v1/sessions/{add_session(library).session_id}/transcript"

    transcript, cues = client.get(path).json, client.get(f"{path}.vtt")

    assert transcript[0]["segments"][0]["speaker"] == "Ada"
    assert transcript[0]["segments"][1]["start"] == 10.0
    assert cues.mimetype == "text/vtt"
    assert cues.text.startswith("WEBVTT")
    assert "<v Ada>Ask for feedback" in cues.text


def test_jobs_are_listed_retried_and_stopped(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """A program lists, stops and retries jobs. A second retry answers 409."""
    source_id = add_waiting(library)
    with library.transaction() as db:
        sources.get(db, source_id).session.owner_id = mentor.id
    path = f"/api/v1/jobs/{source_id}"

    listed = client.get("/api/v1/jobs", headers=as_mentor).json["jobs"]
    stopped = client.post(f"{path}/cancel", headers=as_mentor)
    retried = client.post(f"{path}/retry", headers=as_mentor)
    conflict = client.post(f"{path}/retry", headers=as_mentor)

    assert [job["source_id"] for job in listed] == [source_id]
    assert (stopped.status_code, stopped.json["state"]) == (200, "cancelled")
    assert (retried.status_code, retried.json["state"]) == (202, "waiting")
    assert conflict.status_code == 409


def test_a_recording_is_retranscribed_with_a_chosen_model(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """A program chooses the language and an installed model for a retranscription."""
    talk = add_session(library, owner=mentor)
    library.settings = replace(library.settings, whisper_models="/srv/models/small")
    path = f"/api/v1/jobs/{talk.source_id}/listen"

    refused = client.post(path, headers=as_mentor, json={"model": "huge"})
    wrong = client.post(path, headers=as_mentor, json={"language": "x y"})
    taken = client.post(path, headers=as_mentor, json={"model": "small", "language": "de"})

    assert (refused.status_code, wrong.status_code) == (400, 422)
    assert (taken.status_code, taken.json["state"]) == (202, "waiting")
    with library.reading() as db:
        source = sources.get(db, talk.source_id)
        assert (source.whisper_model, source.session.language) == ("small", "de")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/sessions/1", 404),
        ("DELETE", "/api/v1/search", 401),
        ("POST", "/api/v1/sessions", 401),
        ("PATCH", "/api/v1/sessions/1", 401),
    ],
)
def test_every_refusal_is_a_problem_document(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    """Every error is a problem document of RFC 9457 that explains the error in a sentence."""
    answer = client.open(path, method=method)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert {"type", "title", "instance"} <= set(problem)


def test_an_unknown_method_names_the_allowed_ones(client: FlaskClient, as_mentor: Headers) -> None:
    """A method that a resource lacks answers 405, and `Allow` lists the methods it has."""
    answer = client.put("/api/v1/search", headers=as_mentor)

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.mimetype == "application/problem+json"


def test_an_invalid_token_is_refused(
    client: FlaskClient, library: Library, mentor: Account, token_of: TokenOf
) -> None:
    """An unknown token, an expired one and one of a closed account answer 401.

    The answer has a `WWW-Authenticate` header.
    """
    closed = add_account(library, "Closed", mentor.viewer.role)
    headers = [{"Authorization": "Bearer lh_unknown"}, token_of(mentor), token_of(closed)]
    with library.transaction() as db:
        db.get(ApiToken, 1).expires_at = now()
        people.get(db, closed.id).active = False

    answers = [client.get("/api/v1/sessions", headers=h) for h in headers]

    assert [a.status_code for a in answers] == [401, 401, 401]
    assert all(a.headers["WWW-Authenticate"].startswith("Bearer") for a in answers)


def test_a_mentees_token_adds_nothing(
    client: FlaskClient, mentee: Account, token_of: TokenOf
) -> None:
    """A mentee may not add a session, even with a token of their own."""
    answer = client.post("/api/v1/sessions", data={"note": "Hello"}, headers=token_of(mentee))

    assert answer.status_code == 403


def test_the_last_use_of_a_token_is_stored(
    client: FlaskClient, library: Library, mentor: Account, token_of: TokenOf
) -> None:
    """A request with a token stores the time of its last use."""
    headers = token_of(mentor)

    client.get("/api/v1/sessions", headers=headers)

    with library.reading() as db:
        assert tokens.for_person(db, mentor.id)[0].last_used_at is not None


def test_a_cookie_alone_changes_nothing(app: Flask, library: Library, mentor: Account) -> None:
    """An API change that is authorized by a cookie also needs the form token."""
    from tests.web.client import Browser

    add_session(library, owner=mentor)
    member = Browser(app, signed_in(library, mentor.id))

    forged = member.client.delete("/api/v1/sessions/1", headers={"If-Match": "*"})
    ours = member.send("DELETE", "/api/v1/sessions/1", headers={"If-Match": "*"})

    assert (forged.status_code, ours.status_code) == (400, 204)


def test_the_description_names_every_call(app: Flask, client: FlaskClient) -> None:
    """The OpenAPI document lists exactly the API's routes below /api/v1."""
    document = client.get("/api/v1/openapi.json").json

    described = {
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    served = {
        (method.lower(), re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
    }
    assert described == served
    assert document["openapi"].startswith("3.")
    assert "Problem" in document["components"]["schemas"]
    assert "token" in document["components"]["securitySchemes"]
    assert json.dumps(document)


def test_the_readable_page_lists_the_calls(client: FlaskClient) -> None:
    """The page /api/v1 lists the calls of the API for people."""
    page = client.get("/api/v1").text

    assert "/api/v1/search" in page
    assert "tus 1.0" in page


def test_a_private_session_is_hidden_from_programs(
    client: FlaskClient, library: Library, admin: Account, as_mentor: Headers
) -> None:
    """For a program, the API omits sessions that the owner of its token may not see."""
    add_session(library, owner=admin, visibility=Visibility.PRIVATE)

    answers = [
        client.get("/api/v1/sessions", headers=as_mentor).json["sessions"],
        client.get("/api/v1/jobs", headers=as_mentor).json["jobs"],
        client.get("/api/v1/search?q=feedback", headers=as_mentor).json["sessions"],
    ]

    assert answers == [[], [], []]
    assert client.get("/api/v1/sessions/1/transcript", headers=as_mentor).status_code == 404
    with library.reading() as db:
        assert sources.get(db, 1).state is State.READY
