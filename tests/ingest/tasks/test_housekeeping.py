"""Tests of the worker's periodic tasks: trash and topic map."""

from datetime import timedelta

from ingest.tasks.housekeeping import Housekeeping, draw_wanted
from library.models import MentoringSession, now
from library.removal import trash
from search.overview import map_store
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder


def test_the_trash_is_emptied_once_an_hour(library, mentor):
    """The trash is not emptied a second time within an hour."""
    first, second = (add_session(library, title=t, content=t.encode(), owner=mentor) for t in "AB")

    def put_away(built):
        with library.transaction() as db:
            trash.put(db, mentor.viewer, built.session_id)
            db.get(MentoringSession, built.session_id).trashed_at = now() - timedelta(days=31)

    tasks = Housekeeping(library, BagOfWordsEmbedder)
    put_away(first)
    tasks.run_once()
    put_away(second)
    tasks.run_once()

    with library.reading() as db:
        titles = [db.get(MentoringSession, built.session_id).title for built in (first, second)]
    assert titles == ["Removed", "B"]


def test_the_topic_map_is_drawn_on_request_only(library):
    """The topic map is rebuilt only on request. The request is then deleted."""

    def fail():
        raise AssertionError

    assert not draw_wanted(library, fail)
    map_store.request(library.settings, BagOfWordsEmbedder.model)

    assert draw_wanted(library, BagOfWordsEmbedder)

    assert not map_store.is_requested(library.settings)
