"""Tests of alerts: when they are due, which passages they contain, and how they end."""

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
        saved = saved_searches.save(db, mentee.viewer, name="Feedback", question="feedback")
        alerts.subscribe(db, mentee.viewer, saved.id, AlertFrequency.DAILY)
        return saved.id


def pass_a_day(db, search_id):
    """Set the time of the last alert of a saved search one day back."""
    db.get(SavedSearch, search_id).told_at -= timedelta(days=1, minutes=1)
    db.flush()


def test_an_alert_is_due_after_a_day_and_has_new_passages_once(library, mentee, search):
    """A daily alert is due after a day. Each new passage is in only one alert."""
    built = add_session(library)
    with library.transaction() as db:
        assert alerts.due(db) == []
        pass_a_day(db, search)
        (due,) = alerts.due(db)
        new = alerts.news(db, due, built.passage_ids)
        alerts.record_sent(db, search, new.passages)
        pass_a_day(db, search)
        (due_again,) = alerts.due(db)

        assert (due.email, due.question) == (mentee.email, "feedback")
        assert {passage.id for passage in new.passages} <= set(built.passage_ids)
        assert new.passages
        assert list(alerts.news(db, due_again, built.passage_ids).passages) == []


def test_a_link_ends_the_alerts_without_a_sign_in(library, search):
    """The link in an alert ends the alerts without a sign-in. An invalid link is refused."""
    with library.transaction() as db:
        token = alerts.link(db, search)
        with pytest.raises(NotFoundError):
            alerts.end(db, token + "x")
        alerts.end(db, token)

        assert db.get(SavedSearch, search).rhythm is AlertFrequency.NEVER
        assert alerts.due(db) == []
