"""Releases from a program: who is asked, one's own answer, links to answer by."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.models import Part
from library.store import Library
from tests.builders import Account, add_session, person_named

Headers = dict[str, str]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program without cookies."""
    return app.test_client()


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> str:
    """Where the release of a session of the mentor with the mentee and a guest is."""
    with library.transaction() as db:
        ruth = person_named(db, "Ruth Okafor").id
    took_part = [(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE), (ruth, Part.PEER)]
    built = add_session(library, owner=mentor, participants=took_part, released=False)
    return f"/api/v1/sessions/{built.session_id}/release"


@pytest.fixture
def as_of(token_of: Callable[[Account], Headers]) -> Callable[[Account], Headers]:
    """What somebody's program sends."""
    return token_of


def test_each_answers_for_themselves(
    client: FlaskClient,
    talk: str,
    mentor: Account,
    mentee: Account,
    as_of: Callable[[Account], Headers],
) -> None:
    """Read, agree with the ETag of what was read, take back with a receipt that can be read."""
    headers = as_of(mentee)
    before = client.get(talk, headers=headers)
    agreed = client.post(
        talk, json={"answer": "agree"}, headers=headers | {"If-Match": before.headers["ETag"]}
    )
    match = {"If-Match": agreed.headers["ETag"]}
    taken = client.post(talk, json={"answer": "withdraw"}, headers=headers | match)

    assert before.json["asked"]
    assert "everybody, also people without an account" in before.json["statement"]
    standing = {p["name"]: p["state"] for p in agreed.json["people"]}
    assert standing[mentee.name] == "agreed"
    assert (agreed.json["asked"], agreed.json["agreed"], agreed.json["release"]) == (
        False,
        True,
        "waiting",
    )
    assert taken.json["release"] == "refused"
    assert client.get(taken.json["links"]["receipt"], headers=headers).status_code == 200
    assert client.get(talk, headers=as_of(mentor)).json["release"] == "refused"


def test_nobody_agrees_to_what_they_have_not_read(
    client: FlaskClient, talk: str, mentor: Account, mentee: Account, as_of: Callable[..., Headers]
) -> None:
    """Without an ETag 428; with one from before the audience changed 412; a wrong word, 422."""
    headers = as_of(mentee)
    tag = client.get(talk, headers=headers).headers["ETag"]
    session = talk.removesuffix("/release")
    changed = client.patch(
        session, json={"visibility": "members"}, headers=as_of(mentor) | {"If-Match": "*"}
    )

    answers = [
        client.post(talk, json={"answer": "agree"}, headers=headers),
        client.post(talk, json={"answer": "agree"}, headers=headers | {"If-Match": tag}),
        client.post(talk, json={"answer": "maybe"}, headers=headers | {"If-Match": "*"}),
        client.post(talk, json={"answer": "agree", "for": 1}, headers=headers | {"If-Match": "*"}),
    ]

    assert changed.status_code == 200
    assert [a.status_code for a in answers] == [428, 412, 422, 422]


def test_who_takes_no_part_has_no_say(
    client: FlaskClient, library: Library, talk: str, admin: Account, as_of: Callable[..., Headers]
) -> None:
    """A stranger does not find it; an administrator reads it and cannot answer for others."""
    asked = client.post(talk, json={"answer": "agree"}, headers=as_of(admin) | {"If-Match": "*"})

    assert client.get(talk).status_code == 404
    assert client.get(talk, headers=as_of(admin)).status_code == 200
    assert asked.status_code == 403


def test_a_link_is_made_and_ended(
    client: FlaskClient, talk: str, mentor: Account, mentee: Account, as_of: Callable[..., Headers]
) -> None:
    """For somebody without an account, by who may change the session; it works until it ends."""
    headers = as_of(mentor)
    people_of = client.get(talk, headers=headers).json["people"]
    ruth = next(p["person_id"] for p in people_of if p["name"] == "Ruth Okafor")

    made = client.post(f"{talk}/links", json={"person_id": ruth}, headers=headers)
    path = "/" + made.json["link"].split("/", 3)[3]
    opened = client.get(path).status_code
    ended = client.delete(f"{talk}/links/{ruth}", headers=headers).status_code

    assert (made.status_code, opened, ended) == (201, 200, 204)
    assert client.get(path).status_code == 404
    refused = client.post(f"{talk}/links", json={"person_id": ruth}, headers=as_of(mentee))
    with_account = client.post(f"{talk}/links", json={"person_id": mentee.id}, headers=headers)
    assert (refused.status_code, with_account.status_code) == (403, 400)
