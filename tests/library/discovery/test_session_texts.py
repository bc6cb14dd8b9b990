"""Tests of reading the titles and descriptions of sessions for an index."""

from library.discovery import session_texts
from library.discovery.session_texts import SessionText
from library.sessions import sessions
from tests.builders import add_session


def test_new_sessions_are_read_by_their_ids(library) -> None:
    """Sessions after an id are read in the order of their ids, up to a limit."""
    one, two, three = (add_session(library, title=f"Talk {n}").session_id for n in range(3))

    with library.reading() as db:
        assert session_texts.stamp(db).session_id == three
        assert session_texts.rows_after(db, one, limit=1) == [SessionText(two, "Talk 1", "")]
        assert session_texts.rows_after(db, three, limit=9) == []


def test_changed_and_removed_texts_are_read_by_the_time_of_the_change(library) -> None:
    """A changed text is read again from the time of its change. A removed one is empty."""
    one, two = (add_session(library, title=f"Talk {n}").session_id for n in range(2))
    with library.reading() as db:
        before = session_texts.stamp(db)

    with library.transaction() as db:
        sessions.get(db, one).description = "About feedback."
    with library.reading() as db:
        changed = session_texts.stamp(db)
        rows = session_texts.rows_changed(db, before.described_at)
    with library.transaction() as db:
        sessions.remove(db, sessions.get(db, two))

    with library.reading() as db:
        removed = session_texts.rows_changed(db, session_texts.stamp(db).described_at)
    assert changed != before
    assert rows == [SessionText(one, "Talk 0", "About feedback.")]
    assert removed == [SessionText(two, "Removed", "")]
