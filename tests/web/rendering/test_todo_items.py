"""Tests of to-do items as sentences with links."""

from library.consent import release
from library.models import ParticipantRole, Visibility
from library.sessions import sessions
from library.todo import items
from library.todo.items import Kind
from tests.builders import add_session
from web.rendering import todo_items


def test_each_kind_has_a_page(app):
    """Each kind of to-do item links to an endpoint that exists."""
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert set(todo_items.PAGES) == set(Kind)
    assert set(todo_items.PAGES.values()) <= routes
    assert set(todo_items.ENDPOINTS.values()) <= routes


def test_a_request_for_consent_leads_to_its_session(app, library, mentor, mentee):
    """A request for consent links to its session. A guest has no to-do items."""
    built = add_session(
        library,
        lines=((mentor.name, "Ask the same day."), (mentee.name, "I was afraid to.")),
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    with app.test_request_context("/"), library.reading() as db:
        (entry,) = todo_items.entries(items.tasks_of(db, mentee.viewer))
        guest = todo_items.items_of_viewer()

    assert f"/sessions/{built.session_id}" in entry.page
    assert entry.words
    assert guest == ()
