"""Tests of the pages of integrity checks, retention and legal holds."""

from library.collections import collections
from library.models import Collection, MentoringSession
from library.preservation import checks
from tests.builders import OPERATOR, add_session


def test_a_full_check_is_requested(browse, library, admin):
    """An administrator opens the page of integrity checks and requests a check."""
    as_admin = browse(admin)

    assert as_admin.get("/care/health").location == "/care/#integrity"
    assert "Run full integrity check" in as_admin.get("/care/").text
    answer = as_admin.post("/care/health", follow_redirects=True)

    assert answer.status_code == 200
    assert "This page shows its result when it is finished" in answer.text
    with library.reading() as db:
        assert checks.is_wanted(db)


def test_retention_and_holds_are_saved(browse, library, admin, mentor):
    """An administrator sets the retention of a collection and a legal hold on a session.

    A legal hold without a session is refused, and so is a member's request.
    """
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        number = collections.add(db, OPERATOR, title="Talks").id
    as_admin, hold = browse(admin), "/care/retention/hold"

    as_admin.post(f"/care/retention/{number}", {"years": "7", "hold": "1"})
    form = {"session": f"/sessions/{built.session_id}", "hold": "1", "reason": "A suit"}
    nowhere = as_admin.post(hold, {**form, "session": "nowhere"})
    hold_answer = as_admin.post(hold, form)

    assert (nowhere.status_code, hold_answer.status_code) == (400, 302)
    assert browse(mentor).post(hold, form).status_code == 403
    with library.reading() as db:
        talks = db.get(Collection, number)
        assert (talks.keep_years, talks.hold) == (7, True)
        assert db.get(MentoringSession, built.session_id).hold
    assert "A talk about feedback" in as_admin.get("/care/retention").text
