"""The API for programs."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.accounts import people, tokens
from library.holdings import sessions, sources
from library.models import ApiToken, Form, Part, State, Visibility, now
from library.queue import WorkQueue
from library.store import Library
from tests.builders import Account, add_account, add_session, add_waiting, signed_in

Headers = dict[str, str]
TokenOf = Callable[[Account], Headers]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program without cookies."""
    return app.test_client()


@pytest.fixture
def as_mentor(mentor: Account, token_of: TokenOf) -> Headers:
    """What a mentor's program sends."""
    return token_of(mentor)


@pytest.fixture
def own(library: Library, mentor: Account) -> str:
    """Where a session of the mentor's is."""
    return f"/api/v1/sessions/{add_session(library, owner=mentor).session_id}"


def test_a_search_says_everything_about_its_answer(client: FlaskClient, library: Library) -> None:
    """Engines, coverage, and for each hit its passage, time, speaker, score and links."""
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
    """A search outside of what is here finds nothing, and says so."""
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
def test_values_that_cannot_be_are_named(client: FlaskClient, query: str) -> None:
    """A problem document says which parameter is wrong and why."""
    answer = client.get(f"/api/v1/search?{query}")

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"]["query"]


def test_lists_go_on_by_a_cursor(client: FlaskClient, library: Library) -> None:
    """Following `next` shows every session once, newest first."""
    made = [add_session(library, title=f"S{i}").session_id for i in range(5)]
    seen, address = [], "/api/v1/sessions?limit=2"

    while address:
        page = client.get(address).json
        seen += [session["id"] for session in page["sessions"]]
        address = page["next"]

    assert seen == made[::-1]


def test_a_session_is_added_and_its_work_can_be_watched(
    client: FlaskClient, library: Library, queue: WorkQueue, as_mentor: Headers, mentor: Account
) -> None:
    """A form with a file is accepted; its answer leads to the job, and that to the session."""
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
    """A conflict leads to what is here; `again` overrules it."""

    def send(**more: str) -> tuple[int, dict[str, object]]:
        data = {"file": (io.BytesIO(b"some sound"), "talk.mp3"), **more}
        answer = client.post("/api/v1/sessions", data=data, headers=as_mentor)
        return answer.status_code, answer.json

    first, second, third = send(), send(), send(again="1")

    assert (first[0], second[0], third[0]) == (202, 409, 202)
    assert second[1]["existing_session"] == first[1]["session_id"]


def test_a_change_names_what_it_was_made_from(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """Only who has read the newest state can change it; nobody's change is lost."""
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
        assert [(p.person.name, p.part) for p in session.participants] == [("Zoe", Part.PEER)]


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
def test_changes_that_cannot_be_are_named(
    client: FlaskClient, as_mentor: Headers, own: str, body: object, status: int
) -> None:
    """What does not fit is refused whole, with a problem document."""
    answer = client.patch(own, json=body, headers={**as_mentor, "If-Match": "*"})

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert client.get(own).json["title"] == "A talk about feedback"


def test_a_session_is_removed_with_its_words(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """After DELETE neither the session nor its passages answer."""
    path = f"/api/v1/sessions/{add_session(library, owner=mentor).session_id}"

    answer = client.delete(path, headers={**as_mentor, "If-Match": "*"})

    assert answer.status_code == 204
    assert client.get(path, headers=as_mentor).status_code == 404
    assert client.get("/api/v1/search?q=feedback").json["found"] is False


def test_a_transcript_comes_as_json_and_as_webvtt(client: FlaskClient, library: Library) -> None:
    """Both carry who said what and when."""
    path = f"/api/v1/sessions/{add_session(library).session_id}/transcript"

    told, cues = client.get(path).json, client.get(f"{path}.vtt")

    assert told[0]["segments"][0]["speaker"] == "Ada"
    assert told[0]["segments"][1]["start"] == 10.0
    assert cues.mimetype == "text/vtt"
    assert cues.text.startswith("WEBVTT")
    assert "<v Ada>Ask for feedback" in cues.text


def test_jobs_are_listed_retried_and_stopped(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """A program can do what the buttons of the progress page do."""
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


def test_a_recording_is_heard_again_by_a_chosen_model(
    client: FlaskClient, library: Library, as_mentor: Headers, mentor: Account
) -> None:
    """The language and the model are the program's to choose, among those that are there."""
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
    """Errors have the shape of RFC 9457, with a sentence for a person."""
    answer = client.open(path, method=method)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert {"type", "title", "instance"} <= set(problem)


def test_a_method_that_is_not_there_names_those_that_are(
    client: FlaskClient, as_mentor: Headers
) -> None:
    """405 comes with Allow."""
    answer = client.put("/api/v1/search", headers=as_mentor)

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.mimetype == "application/problem+json"


def test_a_token_that_does_not_hold_is_refused(
    client: FlaskClient, library: Library, mentor: Account, token_of: TokenOf
) -> None:
    """Unknown, expired, and those of a closed account: all 401 with a challenge."""
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
    """A token may do what its owner may do, and no more."""
    answer = client.post("/api/v1/sessions", data={"note": "Hello"}, headers=token_of(mentee))

    assert answer.status_code == 403


def test_when_a_token_was_used_is_remembered(
    client: FlaskClient, library: Library, mentor: Account, token_of: TokenOf
) -> None:
    """Its owner sees which tokens are in use."""
    headers = token_of(mentor)

    client.get("/api/v1/sessions", headers=headers)

    with library.reading() as db:
        assert tokens.of(db, mentor.id)[0].last_used_at is not None


def test_a_cookie_alone_changes_nothing(app: Flask, library: Library, mentor: Account) -> None:
    """A call with somebody's cookie demands the token of our own pages."""
    from tests.web.browsing import Browser

    add_session(library, owner=mentor)
    member = Browser(app, signed_in(library, mentor.id))

    forged = member.client.delete("/api/v1/sessions/1", headers={"If-Match": "*"})
    ours = member.send("DELETE", "/api/v1/sessions/1", headers={"If-Match": "*"})

    assert (forged.status_code, ours.status_code) == (400, 204)


def test_the_description_names_every_call(app: Flask, client: FlaskClient) -> None:
    """The OpenAPI document lists all calls under /api/v1, with their refusals."""
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
    """/api/v1 is a page for people."""
    page = client.get("/api/v1").text

    assert "/api/v1/search" in page
    assert "tus 1.0" in page


def test_what_is_private_stays_so_for_programs(
    client: FlaskClient, library: Library, admin: Account, as_mentor: Headers
) -> None:
    """Lists, searches and transcripts leave out what the token's owner may not see."""
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
