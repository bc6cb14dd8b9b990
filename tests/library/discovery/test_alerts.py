"""Tests of alerts: when they are due, their passages, and their end."""

from datetime import timedelta

import pytest

from library.discovery import alerts, saved_searches
from library.errors import NotFoundError
from library.models import AlertFrequency, SavedSearch
from tests.builders import add_session


@pytest.fixture
def search(library, mentee):
    """Id of a saved search of a mentee with a daily alert."""
    with library.transaction() as db:
        kept = saved_searches.save(db, mentee.viewer, name="Feedback", question="feedback")
        alerts.subscribe(db, mentee.viewer, kept.id, AlertFrequency.DAILY)
        return kept.id


def pass_a_day(db, search_id):
    """Move the last alert one day back."""
    db.get(SavedSearch, search_id).told_at -= timedelta(days=1, minutes=1)
    db.flush()


def test_an_alert_is_due_after_a_day_and_has_new_passages_once(library, mentee, search):
    """An alert is due after a day and has each new passage once."""
    built = add_session(library)
    with library.transaction() as db:
        assert alerts.due(db) == []
        pass_a_day(db, search)
        (due,) = alerts.due(db)
        new = alerts.news(db, due, built.passage_ids)
        alerts.record_sent(db, search, new.passages)
        pass_a_day(db, search)
        (again,) = alerts.due(db)

        assert (due.email, due.question) == (mentee.email, "feedback")
        assert {passage.id for passage in new.passages} <= set(built.passage_ids)
        assert new.passages
        assert list(alerts.news(db, again, built.passage_ids).passages) == []


def test_a_link_ends_the_alerts_without_a_sign_in(library, search):
    """A valid link ends the alerts of a search without a sign-in. An invalid link is refused."""
    with library.transaction() as db:
        token = alerts.link(db, search)
        with pytest.raises(NotFoundError):
            alerts.end(db, token + "x")
        alerts.end(db, token)

        assert db.get(SavedSearch, search).rhythm is AlertFrequency.NEVER
        assert alerts.due(db) == []
