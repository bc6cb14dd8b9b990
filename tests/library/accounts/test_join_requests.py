"""Tests of join requests, with which people ask for an account."""

from dataclasses import replace
from datetime import timedelta

import pytest

from library.accounts import join_requests, people, service_settings
from library.errors import NotFoundError
from library.models import Role, now


@pytest.fixture
def open_to_all(library, admin):
    """Library in which people with an address of example.com join at once. Others need approval."""
    with library.transaction() as db:
        changed = replace(
            service_settings.service(db), join_domains="example.com", join_by_approval=True
        )
        service_settings.change(db, admin.viewer, changed)


def test_joining_is_off_by_default(library):
    """A new library does not accept requests for accounts."""
    with library.reading() as db, pytest.raises(NotFoundError):
        join_requests.require_open(db)


@pytest.mark.usefixtures("open_to_all")
def test_an_address_of_the_domain_gets_an_account_at_once(library):
    """An address of the allowed domain gets an account at once.

    Any other address gets one join request, which waits for an administrator.
    """
    with library.transaction() as db:
        person, token = join_requests.join(db, "Jo Kim", "jo@example.com", "")
        for _ in range(2):
            assert join_requests.join(db, "Ann Lee", "ann@example.net", "A friend") is None
        waiting = [request.email for request in join_requests.waiting(db)]

    assert (person.role, bool(token)) == (Role.MENTEE, True)
    assert waiting == ["ann@example.net"]


@pytest.mark.usefixtures("open_to_all")
def test_an_administrator_answers_a_request(library, admin):
    """Approving a join request makes an account with the given role.

    An answered request is deleted.
    """
    with library.transaction() as db:
        for name in ("ann", "bob"):
            join_requests.join(db, name, f"{name}@example.net", "")
        first, second = join_requests.waiting(db)
        join_requests.approve(db, admin.viewer, first.id, role=Role.MENTOR, heard=None)
        join_requests.decline(db, admin.viewer, second.id)

        assert people.by_email(db, "ann@example.net").role is Role.MENTOR
        assert people.by_email(db, "bob@example.net") is None
        assert join_requests.waiting(db) == []
        with pytest.raises(NotFoundError):
            join_requests.decline(db, admin.viewer, second.id)


@pytest.mark.usefixtures("open_to_all")
def test_an_old_request_is_deleted(library):
    """When a join request arrives, join requests older than 90 days are deleted."""
    with library.transaction() as db:
        join_requests.join(db, "Ann", "ann@example.net", "")
        join_requests.waiting(db)[0].created_at = now() - timedelta(days=91)
        db.flush()
        join_requests.join(db, "Bob", "bob@example.net", "")

        assert [asked.name for asked in join_requests.waiting(db)] == ["Bob"]
