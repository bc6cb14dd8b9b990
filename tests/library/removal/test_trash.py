"""Tests of the trash for sessions, and of retention periods.

Covers: retention.
"""

from datetime import date, timedelta

import pytest

from library.collections import collections
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import MentoringSession, now
from library.removal import legal_holds, retention, trash
from library.sessions import sessions
from tests.builders import OPERATOR, add_session


def test_a_session_is_put_away_and_restored(library, mentor, mentee):
    """The owner of a session in the trash can list and restore it. Another member cannot."""
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        trash.put(db, mentor.viewer, built.session_id)
        ((found, goes),) = trash.listed(db, mentor.viewer)
        assert found.id == built.session_id
        assert goes == trash.goes_at(db, found)
        assert trash.listed(db, mentee.viewer) == []
        with pytest.raises(NotFoundError):
            trash.restore(db, mentee.viewer, built.session_id)
        trash.restore(db, mentor.viewer, built.session_id)

        assert trash.listed(db, mentor.viewer) == []
        assert sessions.get(db, built.session_id).trashed_at is None


def test_only_expired_sessions_without_hold_are_removed(library, admin, mentor):
    """Expired sessions are removed from the trash, except those with a legal hold."""
    library.forget_passages = list
    young, old, on_hold = (
        add_session(library, title=t, content=t.encode(), owner=mentor) for t in "ABC"
    )
    with library.transaction() as db:
        for built in (young, old, on_hold):
            trash.put(db, mentor.viewer, built.session_id)
        for built in (old, on_hold):
            db.get(MentoringSession, built.session_id).trashed_at = now() - timedelta(days=31)
        legal_holds.set_hold(db, admin.viewer, on_hold.session_id, hold=True, reason="A suit")

    removed = trash.purge(library)

    with library.reading() as db:
        titles = [db.get(MentoringSession, one.session_id).title for one in (young, old, on_hold)]
    assert (removed, titles) == (1, ["A", "Removed", "C"])
    with pytest.raises(ConflictError):
        trash.remove_now(library, mentor.viewer, on_hold.session_id)


def test_a_retention_period_ends_after_its_years(library, admin, mentor):
    """If a session is in several collections, the longest retention period counts."""
    over, longer = (
        add_session(library, title=t, owner=mentor, held_on=date(2020, 2, 29)) for t in "AB"
    )
    with library.transaction() as db:
        short, long = (collections.add(db, OPERATOR, title=t) for t in ("Short", "Long"))
        collections.set_sessions(db, OPERATOR, short, [over.session_id, longer.session_id])
        collections.set_sessions(db, OPERATOR, long, [longer.session_id])
        for one, years in ((short, 1), (long, 100)):
            retention.set_period(db, admin.viewer, one.id, years=years, hold=False)
        assert retention.due(db) == {over.session_id}
        with pytest.raises(InvalidInputError):
            retention.set_period(db, admin.viewer, short.id, years=0, hold=False)
        with pytest.raises(NotAllowedError):
            retention.set_period(db, mentor.viewer, short.id, years=1, hold=False)

    assert trash.apply_retention(library) == 1

    with library.reading() as db:
        assert [one.id for one, _ in trash.listed(db, mentor.viewer)] == [over.session_id]
