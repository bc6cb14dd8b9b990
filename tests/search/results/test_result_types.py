"""Tests of the audit log of searches that show private sessions to administrators."""

import pytest
from sqlalchemy import select

from library import audit
from library.models import AuditEvent, Visibility
from search.engine import Engine
from tests.builders import add_session

ASKED = "ask for feedback the same day"


@pytest.fixture
def engine(library, embedder):
    """Search engine of the library."""
    return Engine(library, embedder)


def logged_searches(library):
    """Return the person and the session of each search in the audit log."""
    with library.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.action == audit.ADMIN_FOUND))
        return [(event.actor_id, event.subject_id) for event in events]


@pytest.mark.parametrize("way", ["search", "explore", "suggest"])
def test_a_search_that_shows_a_private_session_is_logged_once(library, engine, admin, mentor, way):
    """Repeated searches that show an administrator a private session are logged once."""
    private = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    add_session(library, title="For all")

    for _ in range(3):
        getattr(engine, way)(ASKED, admin.viewer)

    assert logged_searches(library) == [(admin.id, private.session_id)]


def test_other_searches_are_not_logged(library, engine, admin, mentor, mentee):
    """Searches of owners and mentees, and hits in a person's own session, are not logged."""
    add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    add_session(library, owner=admin, visibility=Visibility.PRIVATE, title="My own")

    for viewer in (mentor.viewer, mentee.viewer):
        engine.explore(ASKED, viewer)
    engine.search("complaint", admin.viewer)

    assert {session for _, session in logged_searches(library)} == {1}
    assert {who for who, _ in logged_searches(library)} == {admin.id}


def test_related_moments_are_logged(library, engine, admin, mentor):
    """Related moments that show an administrator a private session are logged."""
    shown = add_session(library, title="For all")
    private = add_session(
        library,
        owner=mentor,
        visibility=Visibility.PRIVATE,
        lines=[("Cem", "I ask for feedback while the day is fresh and remembered by them.")],
    )

    found = engine.related(shown.passage_ids[0], admin.viewer)

    assert private.session_id in {quote.session_id for quote in found}
    assert (admin.id, private.session_id) in logged_searches(library)
