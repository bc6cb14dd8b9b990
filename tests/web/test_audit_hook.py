"""Tests of the audit events of requests that change data."""

from library import audit_search
from library.audit_search import AuditFilter
from web.audit_hook import action_of


def events(library, admin):
    """Return action, actor and texts of all audit events, oldest first."""
    with library.reading() as db:
        logged = audit_search.all_events(db, admin.viewer, AuditFilter())
        return [(row.event.action, row.event.actor_id, row.words) for row in logged]


def test_a_change_is_logged_and_reading_is_not(browse, library, admin, mentor):
    """A change is in the audit log. A read access and a refused change are not."""
    form = {"title": "Talks"}
    browse(admin).get("/collections")
    browse(mentor).post("/care/collections/", form)
    before = events(library, admin)

    browse(admin).post("/care/collections/", form)

    new = events(library, admin)[len(before) :]
    assert ("collection.add", admin.id) in [(action, actor) for action, actor, _ in new]
    assert [action for action, _, _ in before if action.startswith("collection")] == []


def test_a_failed_sign_in_keeps_the_address_as_a_text(browse, library, admin):
    """A failed sign-in is logged with the e-mail address as a text, which can be removed later."""
    browse().post("/sign-in", {"email": "ada@example.org", "password": "a wrong guess"})

    assert events(library, admin)[-1] == (
        "sign-in.failed",
        None,
        {"address given": "ada@example.org"},
    )


def test_a_new_endpoint_is_logged_under_its_name():
    """The audit action of an endpoint comes from the table, or else is the endpoint's name."""
    assert action_of("new.endpoint") == "new.endpoint"
    assert action_of("api_sessions.add") == "session.add"
