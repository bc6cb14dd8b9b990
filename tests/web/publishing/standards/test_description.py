"""Tests of a session's metadata: Dublin Core and JSON-LD with absolute addresses."""

from dataclasses import replace

import pytest

from library.models import ParticipantRole, SourceKind
from library.sessions import sessions
from tests.builders import add_session
from web.publishing.standards import description


@pytest.fixture
def request_to(app):
    """Context of a request to https://example.org."""
    with app.test_request_context("/", base_url="https://example.org"):
        yield


@pytest.mark.usefixtures("request_to")
def test_a_session_is_linked_data(library, mentor):
    """A recording is an `AudioObject` with duration and creator. Empty values are omitted."""
    built = add_session(
        library, title="On trust", participants=[(mentor.id, ParticipantRole.MENTOR)]
    )
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        described = description.linked_data(session, [], [])
        terms = description.terms(session, [], [])

    address = f"https://example.org/sessions/{built.session_id}"
    assert (described["@type"], described["name"], described["duration"]) == (
        "AudioObject",
        "On trust",
        "PT20S",
    )
    assert described["url"] == address
    assert described["creator"] == [{"@type": "Person", "name": "Ada Mentor"}]
    assert "description" not in described
    assert ("identifier", address) in terms


@pytest.mark.usefixtures("request_to")
def test_a_note_is_a_creative_work(library):
    """A note is a `CreativeWork` without content address and duration."""
    built = add_session(library, kind=SourceKind.NOTE)
    with library.reading() as db:
        described = description.linked_data(sessions.get(db, built.session_id), [], [])

    assert described["@type"] == "CreativeWork"
    assert not {"contentUrl", "duration"} & set(described)


@pytest.mark.usefixtures("request_to")
def test_the_public_address_wins(library):
    """Addresses use the public address of the settings, not the host of the request."""
    library.settings = replace(library.settings, public_url="https://talks.example.org/")

    assert description.absolute("ask.page") == "https://talks.example.org/"
