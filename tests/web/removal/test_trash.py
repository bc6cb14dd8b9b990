"""Tests of the trash, legal holds, retention, and the page of integrity checks."""

from datetime import date, timedelta

import pytest

from ingest.tasks.housekeeping import Housekeeping
from library.collections import collections
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import MentoringSession, now
from library.preservation import checks
from library.removal import retention, take_back, trash
from library.sessions import sessions
from library.sessions.description import Description
from tests.builders import OPERATOR, add_session
from tests.fakes import BagOfWordsEmbedder
from tests.transactions import counts_at_commits


def move_to_trash(browse, owner, built):
    """Move a session to the trash as its owner."""
    return browse(owner).post(f"/sessions/{built.session_id}/remove")


def aged(library, session_id, days):
    """Set for how many days a session has been in the trash."""
    with library.transaction() as db:
        db.get(MentoringSession, session_id).trashed_at = now() - timedelta(days=days)


def test_a_removed_session_is_hidden_from_all(browse, library, mentor, mentee, admin):
    """A session in the trash is on no page, list or search, even for owner and administrators."""
    built = add_session(library, owner=mentor)

    move_to_trash(browse, mentor, built)

    for who in (mentor, mentee, admin):
        assert browse(who).get(f"/sessions/{built.session_id}").status_code == 410
        assert "A talk about feedback" not in browse(who).get("/sessions").text
        assert browse(who).get("/api/v1/search?q=feedback").json["found"] is False
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 0


def test_a_removed_session_that_was_never_released_is_not_found(browse, library, mentor, mentee):
    """A removed session that was never released answers 410 to its owner and 404 to others.

    The answers are the same in the trash and after the removal for good.
    """
    removed = [
        add_session(library, owner=mentor, lines=[("Speaker 1", "Well.")], released=False)
        for _ in range(2)
    ]
    paths = [(f"/sessions/{b.session_id}", f"/api/v1/sessions/{b.session_id}") for b in removed]

    move_to_trash(browse, mentor, removed[0])
    take_back.take_back(library, mentor.viewer, removed[1].session_id)

    for page, call in paths:
        assert browse(mentor).get(page).status_code == 410
        for who in ((mentee,), ()):
            assert [browse(*who).get(path).status_code for path in (page, call)] == [404, 404]


def test_only_owner_and_administrators_see_the_trash(browse, library, mentor, mentee, admin):
    """Owner and administrators see a session in the trash.

    A mentee can neither see nor restore it.
    """
    built = add_session(library, owner=mentor)
    move_to_trash(browse, mentor, built)

    pages = {who.name: browse(who).get("/trash").text for who in (mentor, mentee, admin)}
    refused = browse(mentee).post(f"/trash/{built.session_id}/restore")

    assert ["A talk" in pages[who.name] for who in (mentor, admin, mentee)] == [True, True, False]
    assert refused.status_code == 404
    assert browse().get("/trash").status_code == 302


def test_a_restored_session_is_as_before(browse, library, mentor, mentee):
    """A session restored from the trash has the same viewers and collections as before."""
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        collection = collections.add(db, OPERATOR, title="Shelf")
        collections.append_session(db, OPERATOR, collection, built.session_id)
    move_to_trash(browse, mentor, built)

    browse(mentor).post(f"/trash/{built.session_id}/restore")

    assert browse(mentee).get(f"/sessions/{built.session_id}").status_code == 200
    with library.reading() as db:
        assert [c.title for c in collections.collections_of_session(db, built.session_id)] == [
            "Shelf"
        ]


def test_the_trash_is_emptied_after_its_days(library, mentor):
    """After the set number of days in the trash, a session's words and file are removed."""
    early, late = (add_session(library, title=t, content=t.encode(), owner=mentor) for t in "AB")
    for built, days in ((early, 29), (late, 31)):
        with library.transaction() as db:
            trash.put(db, mentor.viewer, built.session_id)
        aged(library, built.session_id, days)

    Housekeeping(library, BagOfWordsEmbedder).run_once()

    with library.reading() as db:
        assert [s.id for s, _ in trash.listed(db, mentor.viewer)] == [early.session_id]
        assert db.get(MentoringSession, late.session_id).title == "Removed"
    assert len(list(library.files.all_kept())) == 1


def test_a_session_can_be_removed_from_the_trash_at_once(browse, library, mentor):
    """The owner can remove a session from the trash at once, with its file."""
    built = add_session(library, owner=mentor)
    move_to_trash(browse, mentor, built)

    browse(mentor).post(f"/trash/{built.session_id}/remove")

    assert list(library.files.all_kept()) == []
    assert "The trash is empty" in browse(mentor).get("/trash").text


def test_a_session_on_legal_hold_stays_in_the_trash(browse, library, mentor, admin):
    """A session on legal hold stays in the trash until an administrator ends the hold."""
    built = add_session(library, owner=mentor)
    number = str(built.session_id)
    move_to_trash(browse, mentor, built)
    aged(library, built.session_id, 99)
    browse(admin).post("/care/retention/hold", {"session": number, "hold": "1", "reason": "A suit"})

    assert trash.purge(library) == 0
    with pytest.raises(ConflictError, match="legal hold"):
        trash.remove_now(library, mentor.viewer, built.session_id)
    browse(admin).post("/care/retention/hold", {"session": number, "reason": "It is over"})
    assert trash.purge(library) == 1


def test_a_hold_stops_taking_back_and_needs_a_reason(browse, library, mentor, admin):
    """A session on legal hold cannot be taken back or put in the trash.

    A legal hold needs a reason.
    """
    built = add_session(library, owner=mentor)
    number = str(built.session_id)
    nameless = browse(admin).post("/care/retention/hold", {"session": number, "hold": "1"})
    browse(admin).post("/care/retention/hold", {"session": number, "hold": "1", "reason": "A suit"})

    with pytest.raises(ConflictError):
        take_back.take_back(library, mentor.viewer, built.session_id)

    assert nameless.status_code == 400
    assert move_to_trash(browse, mentor, built).status_code == 409
    assert "A suit" in browse(admin).get("/care/audit?q=suit").text


@pytest.mark.parametrize(
    ("held_on", "periods", "goes"),
    [
        (date(2001, 5, 1), [(5, False)], True),
        (date(2001, 5, 1), [(5, False), (100, False)], False),
        (date(2001, 5, 1), [(5, False), (None, False)], True),
        (date(2001, 5, 1), [(5, True)], False),
        (date(2004, 2, 29), [(1, False)], True),
        (None, [(5, False)], False),
    ],
)
def test_retention_follows_the_longest_period(library, admin, held_on, periods, goes):
    """A session is put in the trash after the longest retention of its collections.

    The retention begins at the session's date. A session on legal hold stays.
    """
    built = add_session(library, held_on=held_on)
    with library.transaction() as db:
        for number, (years, hold) in enumerate(periods):
            collection = collections.add(db, admin.viewer, title=f"Collection {number}")
            collections.append_session(db, admin.viewer, collection, built.session_id)
            retention.set_period(db, admin.viewer, collection.id, years=years, hold=hold)

    assert trash.apply_retention(library) == (1 if goes else 0)


def test_retention_hides_sessions_by_portions(library, admin):
    """Retention commits a transaction after every `PORTION` sessions that it hides."""
    many = 2 * trash.PORTION + 1
    described = Description(title="A talk", held_on=date(2001, 5, 1))
    with library.transaction() as db:
        ids = [sessions.add(db, described, owner_id=admin.id).id for _ in range(many)]
        collection = collections.add(db, admin.viewer, title="Shelf")
        collections.set_sessions(db, admin.viewer, collection, ids)
        retention.set_period(db, admin.viewer, collection.id, years=5, hold=False)
    hidden = "SELECT count(*) FROM mentoring_session WHERE trashed_at IS NOT NULL"

    counts = counts_at_commits(library, hidden, lambda: trash.apply_retention(library))

    assert counts == [trash.PORTION, 2 * trash.PORTION, many]


def test_a_session_restored_after_retention_stays(library, admin):
    """Retention does not put a session in the trash again that was restored from it."""
    built = add_session(library, held_on=date(2001, 5, 1))
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Shelf")
        collections.append_session(db, admin.viewer, collection, built.session_id)
        retention.set_period(db, admin.viewer, collection.id, years=5, hold=False)
    trash.apply_retention(library)

    with library.transaction() as db:
        trash.restore(db, admin.viewer, built.session_id)

    assert trash.apply_retention(library) == 0


def test_retention_periods_are_set_by_administrators(browse, library, admin, mentor):
    """An administrator sets the retention of a collection.

    A mentor is refused, and so is an invalid period.
    """
    with library.transaction() as db:
        collection_id = collections.add(db, admin.viewer, title="Shelf").id

    browse(admin).post(f"/care/retention/{collection_id}", {"years": "7", "hold": "1"})

    assert 'value="7"' in browse(admin).get("/care/retention").text
    assert browse(mentor).get("/care/retention").status_code == 403
    with library.transaction() as db, pytest.raises(InvalidInputError):
        retention.set_period(db, admin.viewer, collection_id, years=999, hold=False)
    with library.transaction() as db, pytest.raises(NotFoundError):
        retention.set_period(db, admin.viewer, 99, years=9, hold=False)


def test_the_library_is_checked_daily_and_on_request(browse, library, admin):
    """The system status page shows the result of the last integrity check.

    A thorough check finds a changed file that a quick check misses.
    """
    built = add_session(library, content=b"as it was")
    before = browse(admin).get("/care/").text
    housekeeping = Housekeeping(library, BagOfWordsEmbedder)
    housekeeping.run_once()
    well = browse(admin).get("/care/").text
    with library.reading() as db:
        (stored,) = library.files.all_kept()
        assert checks.latest(db).thorough is False
    stored.write_bytes(b"as it wa$")
    housekeeping.run_once()
    same = browse(admin).get("/care/").text
    browse(admin).post("/care/health")
    housekeeping.run_once()
    status_page = browse(admin).get("/care/").text

    assert "The library was not checked yet" in before
    assert "No problems were found" in well
    assert "No problems were found" in same
    assert "1 problem needs your attention" in status_page
    assert f"of session {built.session_id} was changed" in status_page
