"""Letters about saved searches: what is new, told once, only what one may see, and ended."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from ingest.alerts import Alerts
from library import mail
from library.consent import release
from library.errors import NotFoundError
from library.holdings import passage_people, sessions
from library.models import (
    Rhythm,
    SavedSearch,
    Segment,
    SpeakerRelease,
    TopicState,
    Visibility,
)
from library.searching import alerts, searches
from library.vocabulary import session_topics, topics
from tests.builders import Account, Built, add_session, agree
from tests.fakes import BagOfWordsEmbedder

ABOUT = (("Ada Mentor", "Ask for feedback the same day, while everybody still remembers."),)


def _subscribed(library, who: Account, rhythm: Rhythm = Rhythm.DAILY) -> int:
    """A search for feedback, whose letters are due."""
    with library.transaction() as db:
        question = "When should I ask for feedback?"
        kept = searches.save(db, who.viewer, name="Feedback", question=question)
        alerts.subscribe(db, who.viewer, kept.id, rhythm)
        return kept.id


def _wait(library, search_id: int, days: int = 1) -> None:
    """Let days go by since the last letter."""
    with library.transaction() as db:
        gone_by = timedelta(days=days, minutes=1)
        db.get(SavedSearch, search_id).told_at -= gone_by
        for answer in db.scalars(select(SpeakerRelease)):
            answer.answered_at = answer.answered_at and answer.answered_at - gone_by


def _said(library, mentor, visibility=Visibility.MEMBERS, **more) -> Built:
    return add_session(
        library,
        title="A talk about feedback",
        lines=more.pop("lines", ABOUT),
        owner=mentor,
        visibility=visibility,
        **more,
    )


def _tell(library) -> int:
    return Alerts(library, BagOfWordsEmbedder).tell()


def _letters(library) -> list:
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((library.settings.home / "outbox").glob("*.eml"))
    ]


def test_what_is_new_is_told_once(library, mentor, mentee) -> None:
    """One letter with where it was said; the next day there is nothing to tell."""
    _said(library, mentor)
    search_id = _subscribed(library, mentee)
    new = _said(library, mentor, lines=[("Ada Mentor", "Feedback? Ask the same day for it.")])
    early = _tell(library)
    _wait(library, search_id)

    sent = [_tell(library), _tell(library)]
    _wait(library, search_id)
    sent.append(_tell(library))

    assert (early, sent) == (0, [1, 0, 0])
    (letter,) = _letters(library)
    assert letter["To"] == mentee.email
    assert f"/p/{new.passage_ids[0]}" in letter.get_content()
    assert letter.get_content().count("/p/") == 1


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("sent_before", [False, True], ids=["before it is sent", "behind it"])
def test_a_letter_outlives_the_process_that_writes_it(library, mentor, mentee, sent_before) -> None:
    """Killed before or behind the sending: the letter comes, and under one Message-ID."""
    search_id = _subscribed(library, mentee)
    _said(library, mentor)
    _wait(library, search_id)
    names = []

    def killed(settings, letter) -> None:
        if sent_before:
            mail.send(settings, letter)
            names.extend(found["Message-ID"] for found in _letters(library))
        raise Killed

    with pytest.raises(Killed):
        Alerts(library, BagOfWordsEmbedder, killed).tell()
    again = [_tell(library), _tell(library)]

    (letter,) = _letters(library)
    assert again == [1, 0]
    assert set(names) <= {letter["Message-ID"]}
    assert "/p/" in letter.get_content()


def test_a_search_within_a_topic_tells_of_that_topic(library, admin, mentor, mentee) -> None:
    """What a saved search was narrowed to holds for its letters."""
    inside, outside = _said(library, mentor), _said(library, mentor)
    with library.transaction() as db:
        topic = topics.add(db, admin.viewer, topics.Wording(label="Feedback"))
        decided = {topic.id: TopicState.CONFIRMED}
        session_topics.decide(db, mentor.viewer, inside.session_id, decided)
        asked = {"question": "When should I ask for feedback?", "filters": {"topic": str(topic.id)}}
        kept = searches.save(db, mentee.viewer, name="Feedback", **asked)
        alerts.subscribe(db, mentee.viewer, kept.id, Rhythm.DAILY)
        kept.told_passage = 0
        search_id = kept.id
    _wait(library, search_id)

    _tell(library)

    (letter,) = _letters(library)
    assert f"/p/{inside.passage_ids[0]}" in letter.get_content()
    assert f"/p/{outside.passage_ids[0]}" not in letter.get_content()


def test_only_what_one_may_see_when_it_is_sent(library, mentor, mentee) -> None:
    """What is private, or was taken back before the letter, is not told."""
    search_id = _subscribed(library, mentee)
    _said(library, mentor, visibility=Visibility.PRIVATE)
    taken = _said(library, mentor)
    with library.transaction() as db:
        release.withdraw(db, mentor.viewer, sessions.get(db, taken.session_id))
    _wait(library, search_id)

    assert _tell(library) == 0
    assert _letters(library) == []


def test_what_is_released_later_is_new_then(library, mentor, mentee) -> None:
    """A passage that nobody could see is told of when it is released, though it is older."""
    built = _said(library, mentor, released=False)
    search_id = _subscribed(library, mentee)
    with library.transaction() as db:
        db.get(SavedSearch, search_id).told_at -= timedelta(seconds=1)
    agree(library, built.session_id)
    with library.transaction() as db:
        release.respond(db, mentor.viewer, sessions.get(db, built.session_id), agree=True)
    _wait(library, search_id)

    assert _tell(library) == 1


def test_a_corrected_transcript_is_not_new(library, mentor, mentee) -> None:
    """Words that stood there before are not told again under a new number."""
    built = _said(library, mentor)
    search_id = _subscribed(library, mentee)
    with library.transaction() as db:
        speaker = db.scalar(select(Segment.person_id))
        passage_people.hand_over(db, built.source_id, speaker, mentor.id)
    _wait(library, search_id)

    assert _tell(library) == 0


def test_letters_come_as_often_as_was_said(library, mentor, mentee) -> None:
    """A weekly one waits for a week; who leaves or has no letters gets none."""
    search_id = _subscribed(library, mentee, Rhythm.WEEKLY)
    _said(library, mentor)
    _wait(library, search_id, days=1)
    after_a_day = _tell(library)
    _wait(library, search_id, days=6)

    assert (after_a_day, _tell(library)) == (0, 1)


def test_a_mail_program_ends_the_letters_with_one_request(library, mentor, mentee) -> None:
    """The link is in the headers of RFC 8058 and in the text; kept is only its hash."""
    search_id = _subscribed(library, mentee)
    _said(library, mentor)
    _wait(library, search_id)
    _tell(library)
    (letter,) = _letters(library)
    stop = letter["List-Unsubscribe"].strip(" <>")
    token = stop.rpartition("/")[2]

    with library.transaction() as db:
        alerts.end(db, token)

    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in letter.get_content()
    with library.reading() as db:
        assert db.get(SavedSearch, search_id).rhythm is Rhythm.NEVER
        with pytest.raises(NotFoundError):
            alerts.of_link(db, "guess")
    assert token.encode() not in (library.settings.home / "library.db").read_bytes()


def test_a_search_of_somebody_else_is_nobody_elses(library, mentor, mentee) -> None:
    """Nobody subscribes another to anything."""
    search_id = _subscribed(library, mentee)

    with library.transaction() as db, pytest.raises(NotFoundError):
        alerts.subscribe(db, mentor.viewer, search_id, Rhythm.WEEKLY)
