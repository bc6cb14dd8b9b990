"""Tests that a private session is hidden from other users."""

from collections.abc import Callable

import pytest

from library.collections import collections
from library.models import Visibility
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.client import Browser

SECRET = "zanzibar"


@pytest.fixture
def secret(library: Library, admin: Account) -> Built:
    """Private session of the administrator in a collection, with a word found nowhere else."""
    built = add_session(
        library,
        owner=admin,
        title="Talk of zanzibar",
        lines=[("Zora Zanzibar", "Nobody may hear of zanzibar and of feedback.")],
        visibility=Visibility.PRIVATE,
        content=b"the sound of zanzibar",
    )
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="A collection")
        collections.set_sessions(db, admin.viewer, collection, [built.session_id])
    return built


def all_addresses(built: Built) -> list[str]:
    """Return every address that could show part of a session."""
    s, p = built.session_id, built.passage_ids[0]
    listed = [
        "/",
        f"/?q={SECRET}",
        "/sessions",
        "/collections",
        "/collections/1",
        "/mine",
        "/add",
        f"/sessions/{s}",
        f"/sessions/{s}/edit",
        f"/sessions/{s}/remove",
        f"/sessions/{s}/progress",
        f"/sessions/{s}/captions/{built.source_id}.vtt",
        f"/sessions/{s}/words/{built.source_id}.json",
        f"/media/{built.source_id}",
        f"/p/{p}",
        f"/jobs/{built.source_id}.json",
        f"/api/v1/search?q={SECRET}",
        "/api/v1/sessions",
        f"/api/v1/sessions/{s}",
        f"/api/v1/sessions/{s}/transcript",
        f"/api/v1/sessions/{s}/transcript.vtt",
        "/api/v1/jobs",
        f"/api/v1/jobs/{built.source_id}",
    ]
    return listed + [f"/people/{number}" for number in range(1, 8)]


@pytest.mark.parametrize("who", ["guest", "mentee", "mentor"])
def test_a_private_session_is_hidden_from_other_users(
    browse: Callable[..., Browser], secret: Built, request: pytest.FixtureRequest, who: str
) -> None:
    """A private session appears in no page, media, job, search or API answer of another user."""
    visitor = browse(None if who == "guest" else request.getfixturevalue(who))

    leaks = [
        path
        for path in all_addresses(secret)
        if SECRET in visitor.get(path).text.lower().replace(f'value="{SECRET}"', "")
        and SECRET not in path
    ]

    assert leaks == []


@pytest.mark.parametrize("who", ["guest", "mentee", "mentor"])
def test_a_private_session_answers_like_an_absent_one(
    browse: Callable[..., Browser], secret: Built, request: pytest.FixtureRequest, who: str
) -> None:
    """Addresses of a private session answer 404 to other users, as for an unknown id."""
    visitor = browse(None if who == "guest" else request.getfixturevalue(who))
    paths = [
        "/sessions/{}",
        "/jobs/{}.json",
        "/api/v1/sessions/{}",
        "/media/{}",
        "/sessions/{}/edit",
    ]

    hidden = [visitor.get(path.format(1)) for path in paths]
    absent = [visitor.get(path.format(77)) for path in paths]

    assert [a.status_code for a in hidden] == [a.status_code for a in absent]
    assert {a.status_code for a in hidden} == {404}


@pytest.mark.parametrize("who", ["mentee", "mentor"])
def test_other_members_cannot_change_a_private_session(
    browse: Callable[..., Browser], secret: Built, request: pytest.FixtureRequest, who: str
) -> None:
    """Forms and API calls that change a private session answer 404 to another member."""
    visitor = browse(request.getfixturevalue(who))
    attempts = [
        visitor.post("/sessions/1/edit", {"title": "Mine now"}),
        visitor.post("/sessions/1/visibility", {"visibility": "public"}),
        visitor.post("/sessions/1/remove"),
        visitor.post("/jobs/1/retry"),
        visitor.send("DELETE", "/api/v1/sessions/1", headers={"If-Match": "*"}),
    ]

    assert {attempt.status_code for attempt in attempts} == {404}


def test_the_owner_sees_a_private_session(
    browse: Callable[..., Browser], secret: Built, admin: Account
) -> None:
    """The owner finds the secret word at more than 15 of the addresses that hide it from others."""
    owner = browse(admin)

    readable = [path for path in all_addresses(secret) if SECRET in owner.get(path).text.lower()]

    assert len(readable) > 15
