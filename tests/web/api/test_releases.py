"""Tests of the API of releases: consent, receipts and release links.

Covers: consent.take_back_api, consent.releases_api.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.models import ParticipantRole
from library.store import Library
from tests.builders import Account, add_session, person_named

Headers = dict[str, str]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """HTTP client without cookies, as a program that calls the API."""
    return app.test_client()


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> str:
    """API address of the release of a session with three speakers, one without account."""
    with library.transaction() as db:
        ruth = person_named(db, "Ruth Okafor").id
    took_part = [
        (mentor.id, ParticipantRole.MENTOR),
        (mentee.id, ParticipantRole.MENTEE),
        (ruth, ParticipantRole.PEER),
    ]
    built = add_session(library, owner=mentor, participants=took_part, released=False)
    return f"/api/v1/sessions/{built.session_id}/release"


@pytest.fixture
def as_of(token_of: Callable[[Account], Headers]) -> Callable[[Account], Headers]:
    """Function that returns request headers with an API token of the given account."""
    return token_of


def test_a_speaker_agrees_and_withdraws(
    client: FlaskClient,
    talk: str,
    mentor: Account,
    mentee: Account,
    as_of: Callable[[Account], Headers],
) -> None:
    """A speaker agrees and withdraws; each request sends the release's ETag in `If-Match`.

    The answer to the withdrawal links to a receipt that the speaker can read.
    """
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


def test_consent_needs_the_current_version(
    client: FlaskClient, talk: str, mentor: Account, mentee: Account, as_of: Callable[..., Headers]
) -> None:
    """Consent without an ETag answers 428 and with an old one 412. An invalid answer gets 422."""
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


def test_only_speakers_answer(
    client: FlaskClient, library: Library, talk: str, admin: Account, as_of: Callable[..., Headers]
) -> None:
    """A guest gets 404 for a release. An administrator reads it but cannot consent for others."""
    answer_of_admin = client.post(
        talk, json={"answer": "agree"}, headers=as_of(admin) | {"If-Match": "*"}
    )

    assert client.get(talk).status_code == 404
    assert client.get(talk, headers=as_of(admin)).status_code == 200
    assert answer_of_admin.status_code == 403


def test_a_link_is_made_and_ended(
    client: FlaskClient, talk: str, mentor: Account, mentee: Account, as_of: Callable[..., Headers]
) -> None:
    """The owner makes a release link for a person without account.

    The link works until the owner ends it.
    """
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
