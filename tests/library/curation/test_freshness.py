"""Tests of freshness: which sessions may be outdated."""

from datetime import timedelta

import pytest

from library.access import today
from library.curation import freshness
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.models import Visibility
from tests.builders import add_session

LINES = (("Ada Mentor", "Ask the same day."),)


def test_a_day_that_has_come_and_a_successor_are_marked(library, mentor, mentee) -> None:
    """A session is marked as possibly outdated when its review date has come.

    It is also marked if a session that the viewer may see has superseded it.
    """
    old, new, later = (add_session(library, lines=LINES, owner=mentor) for _ in range(3))
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    review_day = today()
    with library.transaction() as db:
        me = mentor.viewer
        freshness.update(db, me, old.session_id, review_by=review_day, by_id=new.session_id)
        soon = review_day + timedelta(days=2)  # two days: midnight may pass during the test
        freshness.update(db, me, later.session_id, review_by=soon, by_id=hidden.session_id)
        ids = [old.session_id, new.session_id, later.session_id]
        marks_of_mentee = freshness.marks(db, mentee.viewer, ids)
        marks_of_owner = freshness.marks(db, me, ids)

    assert marks_of_mentee.keys() == {old.session_id}
    assert (marks_of_mentee[old.session_id].since, marks_of_mentee[old.session_id].by_id) == (
        review_day,
        new.session_id,
    )
    assert marks_of_owner[later.session_id].by_id == hidden.session_id


def test_an_invalid_successor_is_refused(library, mentor, mentee) -> None:
    """A session cannot be superseded by itself, by an unknown session, or in a circle.

    Only people with the right to edit a session can set what superseded it.
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
