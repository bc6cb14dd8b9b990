"""Tests of service settings: settings that administrators change while the service runs."""

from dataclasses import replace

import pytest

from library import audit_search
from library.accounts import service_settings
from library.accounts.service_settings import Service
from library.errors import InvalidInputError, NotAllowedError


def test_a_change_is_read_back_and_logged(library, admin, mentor):
    """Only administrators change service settings.

    A change is stored, and the audit log gets one event for each changed setting.
    """
    changes = Service(guests_read=False, join_domains="@Example.org, example.org")
    with library.transaction() as db:
        assert service_settings.service(db) == Service()
        with pytest.raises(NotAllowedError):
            service_settings.change(db, mentor.viewer, changes)
        service_settings.change(db, admin.viewer, changes)

        assert service_settings.service(db) == replace(changes, join_domains="example.org")
        logged = audit_search.events(
            db, admin.viewer, audit_search.AuditFilter(action="setting.change"), limit=10
        )
    assert {row.event.detail["name"] for row in logged} == {"guests_read", "join_domains"}


@pytest.mark.parametrize(
    "wanted",
    [
        Service(link_days=0),
        Service(trash_days=366),
        Service(gap_least=2),
        Service(join_domains="x y"),
    ],
)
def test_a_value_out_of_range_is_refused(library, admin, wanted):
    """A setting with an invalid value is refused and not stored."""
    with pytest.raises(InvalidInputError), library.transaction() as db:
        service_settings.change(db, admin.viewer, wanted)

    with library.reading() as db:
        assert service_settings.service(db) == Service()
