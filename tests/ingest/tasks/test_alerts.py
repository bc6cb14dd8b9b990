"""Tests of alerts: each new passage once, access rules, frequency and unsubscription."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from ingest.tasks.alerts import Alerts
from library.consent import release
from library.discovery import alerts, saved_searches
from library.errors import NotFoundError
from library.models import (
    AlertFrequency,
    SavedSearch,
    Segment,
    SpeakerConsent,
    TopicState,
    Visibility,
)
from library.notifications import email
from library.sessions import passage_speakers, sessions
from library.vocabulary import session_topics, topics
from tests.builders import Account, Built, add_session, agree
from tests.fakes import BagOfWordsEmbedder

ABOUT = (("Ada Mentor", "Ask for feedback the same day, while everybody still remembers."),)


def _subscribed(library, who: Account, rhythm: AlertFrequency = AlertFrequency.DAILY) -> int:
    """Save a search of *who* with daily or weekly alerts. Return the id of the saved search."""
    with library.transaction() as db:
        question = "When should I ask for feedback?"
        saved = saved_searches.save(db, who.viewer, name="Feedback", question=question)
        alerts.subscribe(db, who.viewer, saved.id, rhythm)
        return saved.id


def _wait(library, search_id: int, days: int = 1) -> None:
    """Move the last alert and all consent answers *days* days into the past."""
    with library.transaction() as db:
        age = timedelta(days=days, minutes=1)
        db.get(SavedSearch, search_id).told_at -= age
        for answer in db.scalars(select(SpeakerConsent)):
            answer.answered_at = answer.answered_at and answer.answered_at - age


def _add_talk(library, mentor, visibility=Visibility.MEMBERS, **more) -> Built:
    return add_session(
        library,
        title="A talk about feedback",
        lines=more.pop("lines", ABOUT),
        owner=mentor,
        visibility=visibility,
        **more,
    )


def _send_due(library) -> int:
    return Alerts(library, BagOfWordsEmbedder).tell()


def _outbox(library) -> list:
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((library.settings.home / "outbox").glob("*.eml"))
    ]


def test_a_new_passage_is_in_one_alert(library, mentor, mentee) -> None:
    """A new passage is reported by one alert, and not again the next day."""
    _add_talk(library, mentor)
    search_id = _subscribed(library, mentee)
    new = _add_talk(library, mentor, lines=[("Ada Mentor", "Feedback? Ask the same day for it.")])
    early = _send_due(library)
    _wait(library, search_id)

    sent = [_send_due(library), _send_due(library)]
    _wait(library, search_id)
    sent.append(_send_due(library))

    assert (early, sent) == (0, [1, 0, 0])
    (message,) = _outbox(library)
    assert message["To"] == mentee.email
    assert f"/p/{new.passage_ids[0]}" in message.get_content()
    assert message.get_content().count("/p/") == 1


class Killed(BaseException):
    """Exception that stands for the end of the process."""


@pytest.mark.parametrize("sent_before", [False, True], ids=["before sending", "after sending"])
def test_an_alert_is_sent_after_its_process_was_killed(
    library, mentor, mentee, sent_before
) -> None:
    """If a worker is killed while it sends an alert, the alert is sent again, with the same id."""
    search_id = _subscribed(library, mentee)
    _add_talk(library, mentor)
    _wait(library, search_id)
    names = []

    def killed(settings, message) -> None:
        if sent_before:
            email.send(settings, message)
            names.extend(found["Message-ID"] for found in _outbox(library))
        raise Killed

    with pytest.raises(Killed):
        Alerts(library, BagOfWordsEmbedder, killed).tell()
    again = [_send_due(library), _send_due(library)]

    (message,) = _outbox(library)
    assert again == [1, 0]
    assert set(names) <= {message["Message-ID"]}
    assert "/p/" in message.get_content()


def test_an_alert_follows_the_topic_filter(library, admin, mentor, mentee) -> None:
    """An alert for a saved search with a topic filter contains only passages on that topic."""
    inside, outside = _add_talk(library, mentor), _add_talk(library, mentor)
    with library.transaction() as db:
        topic = topics.add(db, admin.viewer, topics.Wording(label="Feedback"))
        decided = {topic.id: TopicState.CONFIRMED}
        session_topics.decide(db, mentor.viewer, inside.session_id, decided)
        search = {
            "question": "When should I ask for feedback?",
            "filters": {"topic": str(topic.id)},
        }
        saved = saved_searches.save(db, mentee.viewer, name="Feedback", **search)
        alerts.subscribe(db, mentee.viewer, saved.id, AlertFrequency.DAILY)
        saved.told_passage = 0
        search_id = saved.id
    _wait(library, search_id)

    _send_due(library)

    (message,) = _outbox(library)
    assert f"/p/{inside.passage_ids[0]}" in message.get_content()
    assert f"/p/{outside.passage_ids[0]}" not in message.get_content()


def test_an_alert_follows_access_rules(library, mentor, mentee) -> None:
    """An alert contains no private passages and none for which consent was withdrawn."""
    search_id = _subscribed(library, mentee)
    _add_talk(library, mentor, visibility=Visibility.PRIVATE)
    withdrawn = _add_talk(library, mentor)
    with library.transaction() as db:
        release.withdraw(db, mentor.viewer, sessions.get(db, withdrawn.session_id))
    _wait(library, search_id)

    assert _send_due(library) == 0
    assert _outbox(library) == []


def test_a_passage_that_is_released_later_is_new(library, mentor, mentee) -> None:
    """A session that is released some time after it was indexed is reported by an alert."""
    built = _add_talk(library, mentor, released=False)
    search_id = _subscribed(library, mentee)
    with library.transaction() as db:
        db.get(SavedSearch, search_id).told_at -= timedelta(seconds=1)
    agree(library, built.session_id)
    with library.transaction() as db:
        release.respond(db, mentor.viewer, sessions.get(db, built.session_id), agree=True)
    _wait(library, search_id)

    assert _send_due(library) == 1


def test_a_corrected_transcript_is_not_new(library, mentor, mentee) -> None:
    """A passage of which only the speaker was replaced is not reported as new."""
    built = _add_talk(library, mentor)
    search_id = _subscribed(library, mentee)
    with library.transaction() as db:
        speaker = db.scalar(select(Segment.person_id))
        passage_speakers.replace_speaker(db, built.source_id, speaker, mentor.id)
    _wait(library, search_id)

    assert _send_due(library) == 0


def test_a_weekly_alert_waits_a_week(library, mentor, mentee) -> None:
    """A weekly alert is not sent after one day, but after seven."""
    search_id = _subscribed(library, mentee, AlertFrequency.WEEKLY)
    _add_talk(library, mentor)
    _wait(library, search_id, days=1)
    after_a_day = _send_due(library)
    _wait(library, search_id, days=6)

    assert (after_a_day, _send_due(library)) == (0, 1)


def test_an_alert_has_one_click_unsubscription(library, mentor, mentee) -> None:
    """An alert has an unsubscribe link (RFC 8058). The database has only a hash of the link."""
    search_id = _subscribed(library, mentee)
    _add_talk(library, mentor)
    _wait(library, search_id)
    _send_due(library)
    (message,) = _outbox(library)
    stop = message["List-Unsubscribe"].strip(" <>")
    token = stop.rpartition("/")[2]

    with library.transaction() as db:
        alerts.end(db, token)

    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in message.get_content()
    with library.reading() as db:
        assert db.get(SavedSearch, search_id).rhythm is AlertFrequency.NEVER
        with pytest.raises(NotFoundError):
            alerts.search_of_link(db, "guess")
    assert token.encode() not in (library.settings.home / "library.db").read_bytes()


def test_a_search_of_another_member_is_not_found(library, mentor, mentee) -> None:
    """A member cannot subscribe to the saved search of another member."""
    search_id = _subscribed(library, mentee)

    with library.transaction() as db, pytest.raises(NotFoundError):
        alerts.subscribe(db, mentor.viewer, search_id, AlertFrequency.WEEKLY)
