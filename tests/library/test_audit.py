"""Tests of the audit log: how events are recorded and found.

Covers: audit_search.
"""

import pytest

from library import audit, audit_search
from library.audit_search import AuditFilter
from library.errors import NotAllowedError


def test_an_event_is_found_by_its_subject_and_its_words(library, admin):
    """An audit event is found by its subject and by its text. It has the name of its actor."""
    with library.transaction() as db:
        audit.record(db, admin.id, "session.hold", ("session", 7), words={"reason": "A dispute"})
        audit.record(db, None, "session.sweep", ("session", 8))

        of_seven = audit.events_of(db, ("session", 7))
        found = audit_search.events(db, admin.viewer, AuditFilter(words="dispute"), limit=5)
        others = audit_search.events(db, admin.viewer, AuditFilter(subject_id=8), limit=5)

    assert [event.action for event in of_seven] == ["session.hold"]
    assert [(row.actor, row.words) for row in found] == [(admin.name, {"reason": "A dispute"})]
    assert [audit_search.as_row(row)["actor"] for row in others] == [""]


def test_repeated_reading_is_one_event_an_hour(library, admin):
    """Reading the same subject again within an hour adds no audit event."""
    for _ in range(2):
        with library.transaction() as db:
            subjects = [("session", 1), ("session", 2)]
            audit.record_once(db, admin.id, audit.ADMIN_READ, subjects, address="")

    with library.reading() as db:
        read = list(audit_search.all_events(db, admin.viewer, AuditFilter(action=audit.ADMIN_READ)))
    assert [row.event.subject_id for row in read] == [1, 2]


def test_only_administrators_read_the_log(library, mentor):
    """A mentor cannot read the audit log."""
    with library.reading() as db:
        with pytest.raises(NotAllowedError):
            audit_search.events(db, mentor.viewer, AuditFilter(), limit=1)
        with pytest.raises(NotAllowedError):
            next(audit_search.all_events(db, mentor.viewer, AuditFilter()))
