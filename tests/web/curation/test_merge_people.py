"""Tests of the pages on which administrators merge duplicate people and undo a merge."""

from http import HTTPStatus

import pytest

from library.accounts import people
from library.curation import person_merge
from library.curation.person_merge_sessions import PORTION
from library.models import Role
from tests.builders import add_account, add_session


@pytest.fixture
def twin(library, mentor):
    """Account with the mentor's names in reverse order, which owns one session."""
    account = add_account(library, "Mentor Ada", Role.MENTOR)
    add_session(library, owner=account)
    return account


def test_a_merge_is_offered_previewed_done_and_undone(browse, library, admin, mentor, twin) -> None:
    """A pair with similar names is offered to an administrator, and merged after a preview.

    Undoing the merge separates the two people again.
    """
    as_admin = browse(admin)

    offered = as_admin.get("/care/duplicates").text
    look = as_admin.get(f"/care/duplicates/look?kept={mentor.id}&gone={twin.id}").text
    form = {"kept": mentor.id, "gone": twin.id}
    merged = as_admin.post("/care/duplicates", form, follow_redirects=True).text
    followed = browse(mentor).get(f"/people/{twin.id}")
    back = as_admin.post("/care/duplicates/1/undo", follow_redirects=True).text

    assert "The same name" in offered
    assert "Merge Mentor Ada into Ada Mentor" in look
    assert "Mentor Ada is merged into Ada Mentor." in merged
    assert followed.headers["Location"].endswith(f"/people/{mentor.id}")
    assert "The merge is undone: there are two people again." in back
    with library.reading() as db:
        assert people.may_sign_in(people.get(db, twin.id))


def test_a_long_merge_reports_its_progress(browse, library, admin, mentor, twin) -> None:
    """A page, and the JSON that its script polls, report how many sessions a merge has moved."""
    for n in range(PORTION):
        add_session(library, title=f"Talk {n}", owner=twin)
    as_admin = browse(admin)
    as_admin.post("/care/duplicates", {"kept": mentor.id, "gone": twin.id})

    on_the_way = as_admin.get("/care/duplicates").text
    running = as_admin.get("/care/duplicates/1/progress").json
    person_merge.finish(library)
    done = as_admin.get("/care/duplicates/1/progress").json

    assert f"{PORTION} of {PORTION + 1} sessions are moved." in on_the_way
    assert (running["busy"], running["percent"]) == (True, 100 * PORTION // (PORTION + 1))
    assert (done["busy"], done["percent"]) == (False, 100)
    assert "sessions are moved." not in as_admin.get("/care/duplicates").text


def test_a_pair_marked_as_different_is_not_offered_again(browse, admin, mentor, twin) -> None:
    """After an administrator marked a pair as different people, it is not offered for a merge."""
    as_admin = browse(admin)

    as_admin.post("/care/duplicates/apart", {"kept": mentor.id, "gone": twin.id})

    assert "The same name" not in as_admin.get("/care/duplicates").text


def test_only_administrators_merge_and_only_pairs(browse, admin, mentor, twin) -> None:
    """A mentor may not merge people. A merge that names only one person is refused."""
    form = {"kept": mentor.id, "gone": twin.id}

    assert browse(mentor).get("/care/duplicates").status_code == HTTPStatus.FORBIDDEN
    assert browse(mentor).post("/care/duplicates", form).status_code == HTTPStatus.FORBIDDEN
    lone = browse(admin).post("/care/duplicates", {"kept": mentor.id})
    assert lone.status_code == HTTPStatus.BAD_REQUEST
    unknown = browse(admin).get("/care/duplicates/look?kept=1&gone=999")
    assert unknown.status_code == HTTPStatus.NOT_FOUND
