"""What an administrator's search shows of sessions that only their right opens is noted."""

import pytest
from sqlalchemy import select

from library import audit
from library.models import AuditEvent, Visibility
from search.engine import Engine
from tests.builders import add_session

ASKED = "ask for feedback the same day"


@pytest.fixture
def engine(library, embedder):
    """An engine over the library."""
    return Engine(library, embedder)


def noted(library):
    """(who, what) of every search that was noted."""
    with library.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.action == audit.ADMIN_FOUND))
        return [(event.actor_id, event.subject_id) for event in events]


@pytest.mark.parametrize("way", ["search", "explore", "suggest"])
def test_words_of_a_private_session_in_a_search_are_noted_once(library, engine, admin, mentor, way):
    """Once an hour, by the session; what everybody may see is not noted."""
    private = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    add_session(library, title="For all")

    for _ in range(3):
        getattr(engine, way)(ASKED, admin.viewer)

    assert noted(library) == [(admin.id, private.session_id)]


def test_nobody_elses_search_is_noted(library, engine, admin, mentor, mentee):
    """Neither the owner's, nor a mentee's, nor an administrator's own session."""
    add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    add_session(library, owner=admin, visibility=Visibility.PRIVATE, title="My own")

    for viewer in (mentor.viewer, mentee.viewer):
        engine.explore(ASKED, viewer)
    engine.search("complaint", admin.viewer)

    assert {session for _, session in noted(library)} == {1}
    assert {who for who, _ in noted(library)} == {admin.id}


def test_related_moments_are_noted_too(library, engine, admin, mentor):
    """A page that an administrator may read shows words of another that only they may."""
    shown = add_session(library, title="For all")
    private = add_session(
        library,
        owner=mentor,
        visibility=Visibility.PRIVATE,
        lines=[("Cem", "I ask for feedback while the day is fresh and remembered by them.")],
    )

    found = engine.related(shown.passage_ids[0], admin.viewer)

    assert private.session_id in {quote.session_id for quote in found}
    assert (admin.id, private.session_id) in noted(library)
