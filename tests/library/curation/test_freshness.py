"""Tests of freshness: sessions that may be outdated."""

from datetime import timedelta

import pytest

from library.access import today
from library.curation import freshness
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.models import Visibility
from tests.builders import add_session

LINES = (("Ada Mentor", "Ask the same day."),)


def test_a_day_that_has_come_and_a_successor_are_marked(library, mentor, mentee) -> None:
    """A session is marked if its review date came, or if the viewer may see its successor."""
    old, new, later = (add_session(library, lines=LINES, owner=mentor) for _ in range(3))
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    come = today()
    with library.transaction() as db:
        me = mentor.viewer
        freshness.update(db, me, old.session_id, review_by=come, by_id=new.session_id)
        soon = come + timedelta(days=2)  # two days: midnight may pass during the test
        freshness.update(db, me, later.session_id, review_by=soon, by_id=hidden.session_id)
        ids = [old.session_id, new.session_id, later.session_id]
        seen = freshness.marks(db, mentee.viewer, ids)
        own = freshness.marks(db, me, ids)

    assert seen.keys() == {old.session_id}
    assert (seen[old.session_id].since, seen[old.session_id].by_id) == (come, new.session_id)
    assert own[later.session_id].by_id == hidden.session_id


def test_an_invalid_successor_is_refused(library, mentor, mentee) -> None:
    """A session cannot be superseded by itself, by an unknown session, or in a circle.

    Another member cannot set the successor of a session.
    """
    one, two = (add_session(library, lines=LINES, owner=mentor) for _ in range(2))
    with library.transaction() as db:
        freshness.update(db, mentor.viewer, one.session_id, review_by=None, by_id=two.session_id)
        for who, session_id, by_id, error in (
            (mentor, one.session_id, one.session_id, ConflictError),
            (mentor, two.session_id, one.session_id, ConflictError),
            (mentor, two.session_id, 999, NotFoundError),
            (mentee, one.session_id, None, NotAllowedError),
        ):
            with pytest.raises(error):
                freshness.update(db, who.viewer, session_id, review_by=None, by_id=by_id)
