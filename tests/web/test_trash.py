"""The trash, holds, retention, and the page of the library's health."""

from datetime import date, timedelta

import pytest

from ingest.keeper import Keeper
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.holdings import collections, sessions
from library.holdings.sessions import Description
from library.keeping import health
from library.models import MentoringSession, now
from library.withdrawal import retention, taking_back, trash
from tests.builders import OPERATOR, add_session
from tests.fakes import BagOfWordsEmbedder
from tests.transactions import counts_at_commits


def put_away(browse, owner, built):
    """Remove a session as its owner does."""
    return browse(owner).post(f"/sessions/{built.session_id}/remove")


def aged(library, session_id, days):
    """Let a session have been in the trash for so many days."""
    with library.transaction() as db:
        db.get(MentoringSession, session_id).trashed_at = now() - timedelta(days=days)


def test_a_removed_session_is_hidden_from_everybody(browse, library, mentor, mentee, admin):
    """Its page, search, lists and sound are gone at once, for its owner and administrators too."""
    built = add_session(library, owner=mentor)

    put_away(browse, mentor, built)

    for who in (mentor, mentee, admin):
        assert browse(who).get(f"/sessions/{built.session_id}").status_code == 410
        assert "A talk about feedback" not in browse(who).get("/sessions").text
        assert browse(who).get("/api/v1/search?q=feedback").json["found"] is False
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 0


def test_what_was_held_when_it_went_was_never_there(browse, library, mentor, mentee):
    """A session that waited for names is not told from none, in the trash or gone for good."""
    held = [
        add_session(library, owner=mentor, lines=[("Speaker 1", "Well.")], released=False)
        for _ in range(2)
    ]
    paths = [(f"/sessions/{b.session_id}", f"/api/v1/sessions/{b.session_id}") for b in held]

    put_away(browse, mentor, held[0])
    taking_back.take_back(library, mentor.viewer, held[1].session_id)

    for page, call in paths:
        assert browse(mentor).get(page).status_code == 410
        for who in ((mentee,), ()):
            assert [browse(*who).get(path).status_code for path in (page, call)] == [404, 404]


def test_only_owner_and_administrators_see_the_trash(browse, library, mentor, mentee, admin):
    """Nobody else finds the title there, nor can they put it back."""
    built = add_session(library, owner=mentor)
    put_away(browse, mentor, built)

    pages = {who.name: browse(who).get("/trash").text for who in (mentor, mentee, admin)}
    refused = browse(mentee).post(f"/trash/{built.session_id}/restore")

    assert ["A talk" in pages[who.name] for who in (mentor, admin, mentee)] == [True, True, False]
    assert refused.status_code == 404
    assert browse().get("/trash").status_code == 302


def test_what_is_put_back_is_as_it_was(browse, library, mentor, mentee):
    """Found by the same people, in the same collection."""
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        shelf = collections.add(db, OPERATOR, title="Shelf")
        collections.put_in(db, OPERATOR, shelf, built.session_id)
    put_away(browse, mentor, built)

    browse(mentor).post(f"/trash/{built.session_id}/restore")

    assert browse(mentee).get(f"/sessions/{built.session_id}").status_code == 200
    with library.reading() as db:
        assert [c.title for c in collections.holding(db, built.session_id)] == ["Shelf"]


def test_the_trash_is_emptied_after_its_days(library, mentor):
    """A day before it is there; a day after its words and its file are gone for good."""
    early, late = (add_session(library, title=t, content=t.encode(), owner=mentor) for t in "AB")
    for built, days in ((early, 29), (late, 31)):
        with library.transaction() as db:
            trash.put(db, mentor.viewer, built.session_id)
        aged(library, built.session_id, days)

    Keeper(library, BagOfWordsEmbedder).keep()

    with library.reading() as db:
        assert [s.id for s, _ in trash.listed(db, mentor.viewer)] == [early.session_id]
        assert db.get(MentoringSession, late.session_id).title == "Removed"
    assert len(list(library.files.all_kept())) == 1


def test_it_can_be_let_go_before(browse, library, mentor):
    """From the trash, at once."""
    built = add_session(library, owner=mentor)
    put_away(browse, mentor, built)

    browse(mentor).post(f"/trash/{built.session_id}/remove")

    assert list(library.files.all_kept()) == []
    assert "The trash is empty" in browse(mentor).get("/trash").text


def test_what_is_on_hold_stays(browse, library, mentor, admin):
    """Nobody removes it, and the trash does not lose it, until an administrator lets go."""
    built = add_session(library, owner=mentor)
    number = str(built.session_id)
    put_away(browse, mentor, built)
    aged(library, built.session_id, 99)
    browse(admin).post("/care/retention/hold", {"session": number, "hold": "1", "reason": "A suit"})

    assert trash.purge(library) == 0
    with pytest.raises(ConflictError, match="on hold"):
        trash.remove_now(library, mentor.viewer, built.session_id)
    browse(admin).post("/care/retention/hold", {"session": number, "reason": "It is over"})
    assert trash.purge(library) == 1


def test_a_hold_stops_taking_back_and_needs_a_reason(browse, library, mentor, admin):
    """The owner is told why nothing happens; so is an administrator who gives no reason."""
    built = add_session(library, owner=mentor)
    number = str(built.session_id)
    nameless = browse(admin).post("/care/retention/hold", {"session": number, "hold": "1"})
    browse(admin).post("/care/retention/hold", {"session": number, "hold": "1", "reason": "A suit"})

    with pytest.raises(ConflictError):
        taking_back.take_back(library, mentor.viewer, built.session_id)

    assert nameless.status_code == 400
    assert put_away(browse, mentor, built).status_code == 409
    assert "A suit" in browse(admin).get("/care/audit?q=suit").text


@pytest.mark.parametrize(
    ("held_on", "shelves", "goes"),
    [
        (date(2001, 5, 1), [(5, False)], True),
        (date(2001, 5, 1), [(5, False), (100, False)], False),
        (date(2001, 5, 1), [(5, False), (None, False)], True),
        (date(2001, 5, 1), [(5, True)], False),
        (date(2004, 2, 29), [(1, False)], True),
        (None, [(5, False)], False),
    ],
)
def test_collections_keep_sessions_as_long_as_they_say(library, admin, held_on, shelves, goes):
    """From the day held, as long as one of them keeps it; never what is on hold."""
    built = add_session(library, held_on=held_on)
    with library.transaction() as db:
        for number, (years, hold) in enumerate(shelves):
            shelf = collections.add(db, admin.viewer, title=f"Shelf {number}")
            collections.put_in(db, admin.viewer, shelf, built.session_id)
            retention.keep(db, admin.viewer, shelf.id, years=years, hold=hold)

    assert trash.apply_retention(library) == (1 if goes else 0)


def test_what_ends_on_one_day_is_hidden_by_portions(library, admin):
    """However many sessions it is, others can write after each `PORTION` of them."""
    many = 2 * trash.PORTION + 1
    described = Description(title="A talk", held_on=date(2001, 5, 1))
    with library.transaction() as db:
        ids = [sessions.add(db, described, owner_id=admin.id).id for _ in range(many)]
        shelf = collections.add(db, admin.viewer, title="Shelf")
        collections.fill(db, admin.viewer, shelf, ids)
        retention.keep(db, admin.viewer, shelf.id, years=5, hold=False)
    hidden = "SELECT count(*) FROM mentoring_session WHERE trashed_at IS NOT NULL"

    counts = counts_at_commits(library, hidden, lambda: trash.apply_retention(library))

    assert counts == [trash.PORTION, 2 * trash.PORTION, many]


def test_what_retention_took_can_be_put_back_to_stay(library, admin):
    """It is on hold then, or it would go again tomorrow."""
    built = add_session(library, held_on=date(2001, 5, 1))
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Shelf")
        collections.put_in(db, admin.viewer, shelf, built.session_id)
        retention.keep(db, admin.viewer, shelf.id, years=5, hold=False)
    trash.apply_retention(library)

    with library.transaction() as db:
        trash.restore(db, admin.viewer, built.session_id)

    assert trash.apply_retention(library) == 0


def test_retention_is_said_by_administrators_within_reason(browse, library, admin, mentor):
    """The page saves years; nonsense and others are refused."""
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Shelf").id

    browse(admin).post(f"/care/retention/{shelf}", {"years": "7", "hold": "1"})

    assert 'value="7"' in browse(admin).get("/care/retention").text
    assert browse(mentor).get("/care/retention").status_code == 403
    with library.transaction() as db, pytest.raises(InvalidInputError):
        retention.keep(db, admin.viewer, shelf, years=999, hold=False)
    with library.transaction() as db, pytest.raises(NotFoundError):
        retention.keep(db, admin.viewer, 99, years=9, hold=False)


def test_the_library_is_looked_at_every_day_and_when_asked(browse, library, admin):
    """The page says what is wrong; a thorough look finds what a quick one cannot."""
    built = add_session(library, content=b"as it was")
    before = browse(admin).get("/care/health").text
    keeper = Keeper(library, BagOfWordsEmbedder)
    keeper.keep()
    well = browse(admin).get("/care/health").text
    with library.reading() as db:
        (kept,) = library.files.all_kept()
        assert health.latest(db).thorough is False
    kept.write_bytes(b"as it wa$")
    keeper.keep()
    same = browse(admin).get("/care/health").text
    browse(admin).post("/care/health")
    keeper.keep()
    found = browse(admin).get("/care/health").text

    assert "Nobody has looked yet" in before
    assert "in order" in well
    assert "Everything is there" in same
    assert "1 thing needs your attention" in found
    assert f"of session {built.session_id} was changed" in found
