"""Duplicate people, on pages: found, looked at, merged and parted by administrators."""

from http import HTTPStatus

import pytest

from library.accounts import people
from library.curating import merges
from library.curating.merged_sessions import PORTION
from library.models import Role
from tests.builders import add_account, add_session


@pytest.fixture
def twin(library, mentor):
    """A second account of the mentor's, with a session."""
    account = add_account(library, "Mentor Ada", Role.MENTOR)
    add_session(library, owner=account)
    return account


def test_found_looked_at_merged_and_parted(browse, library, admin, mentor, twin) -> None:
    """The pair is offered; the page says what goes where; undo parts them."""
    boss = browse(admin)

    offered = boss.get("/care/duplicates").text
    look = boss.get(f"/care/duplicates/look?kept={mentor.id}&gone={twin.id}").text
    form = {"kept": mentor.id, "gone": twin.id}
    merged = boss.post("/care/duplicates", form, follow_redirects=True).text
    followed = browse(mentor).get(f"/people/{twin.id}")
    back = boss.post("/care/duplicates/1/undo", follow_redirects=True).text

    assert "The same name" in offered
    assert "Merge Mentor Ada into Ada Mentor" in look
    assert "Mentor Ada is Ada Mentor from now on." in merged
    assert followed.headers["Location"].endswith(f"/people/{mentor.id}")
    assert "They are two people again." in back
    with library.reading() as db:
        assert people.may_sign_in(people.get(db, twin.id))


def test_a_long_merge_says_how_far_it_is(browse, library, admin, mentor, twin) -> None:
    """The page and what it asks for say how many sessions are moved, until all are."""
    for n in range(PORTION):
        add_session(library, title=f"Talk {n}", owner=twin)
    boss = browse(admin)
    boss.post("/care/duplicates", {"kept": mentor.id, "gone": twin.id})

    on_the_way = boss.get("/care/duplicates").text
    asked = boss.get("/care/duplicates/1/progress").json
    merges.finish(library)
    done = boss.get("/care/duplicates/1/progress").json

    assert f"{PORTION} of {PORTION + 1} sessions are moved." in on_the_way
    assert (asked["busy"], asked["percent"]) == (True, 100 * PORTION // (PORTION + 1))
    assert (done["busy"], done["percent"]) == (False, 100)
    assert "sessions are moved." not in boss.get("/care/duplicates").text


def test_told_apart_they_are_not_offered_again(browse, admin, mentor, twin) -> None:
    """One press, and the pair is gone from the list."""
    boss = browse(admin)

    boss.post("/care/duplicates/apart", {"kept": mentor.id, "gone": twin.id})

    assert "The same name" not in boss.get("/care/duplicates").text


def test_only_administrators_and_only_two(browse, admin, mentor, twin) -> None:
    """Others are turned away; one person alone is no pair."""
    form = {"kept": mentor.id, "gone": twin.id}

    assert browse(mentor).get("/care/duplicates").status_code == HTTPStatus.FORBIDDEN
    assert browse(mentor).post("/care/duplicates", form).status_code == HTTPStatus.FORBIDDEN
    lone = browse(admin).post("/care/duplicates", {"kept": mentor.id})
    assert lone.status_code == HTTPStatus.BAD_REQUEST
    gone = browse(admin).get("/care/duplicates/look?kept=1&gone=999")
    assert gone.status_code == HTTPStatus.NOT_FOUND
