"""Tests of the API of bulk edits, merges, pinned answers, saved searches and freshness.

Covers: curation.bulk_edit_api, curation.freshness_api, curation.merge_people_api,
curation.pins_api, search.saved_searches_api.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from library.access import today
from library.accounts import people
from library.models import Role, Visibility
from library.store import Library
from tests.builders import Account, add_account, add_session
from tests.web.api_client import Headers, Program

LINES = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def of(app: Flask, token_of: Callable[[Account], Headers]) -> Callable[[Account], Program]:
    """Function that returns a program with a token of the given account."""
    return lambda account: Program(app, token_of(account))


def test_a_bulk_edit_is_previewed_made_and_undone(
    of: Callable[[Account], Program], library: Library, mentor: Account, admin: Account
) -> None:
    """A bulk edit needs the preview token.

    An undo of the bulk edit restores the earlier values and works once.
    """
    mine, other = of(mentor), add_session(library, owner=admin, visibility=Visibility.PUBLIC)
    ids = [add_session(library, owner=mentor).session_id for _ in range(2)]
    edit = {
        "sessions": [*ids, other.session_id],
        "wishes": [{"field": "language", "value": "de"}],
    }
    before = mine("GET", f"/sessions/{ids[0]}").json["language"]

    preview = mine("POST", "/bulk-edits/preview", json=edit).json
    blind = mine("POST", "/bulk-edits", json={**edit, "mark": "guessed"})
    made = mine("POST", "/bulk-edits", json={**edit, "mark": preview["mark"]})
    after = mine("GET", f"/sessions/{ids[0]}").json["language"]
    path = made.headers["Location"].removeprefix("/api/v1")
    undone, again = mine("POST", f"{path}/undo"), mine("POST", f"{path}/undo")

    assert (preview["changed"], [k["session_id"] for k in preview["left"]]) == (
        2,
        [other.session_id],
    )
    assert (blind.status_code, made.status_code, again.status_code) == (409, 201, 409)
    assert [s["after"] for s in mine("GET", path).json["steps"]] == ["de", "de"]
    assert (after, undone.json) == ("de", {"put_back": 2, "left": []})
    assert mine("GET", f"/sessions/{ids[0]}").json["language"] == before
    assert [e["id"] for e in mine("GET", "/bulk-edits").json["edits"]] == [made.json["id"]]


def test_a_bulk_edit_selects_sessions_by_filter(
    of: Callable[[Account], Program], library: Library, mentor: Account, mentee: Account
) -> None:
    """The field `where` of a bulk edit selects only sessions that the person may change.

    If it selects none, the answer is 400.
    """
    matching = add_session(library, owner=mentor, title="About feedback").session_id
    add_session(library, owner=mentor, title="About time")
    edit = {
        "where": {"words": "feedback"},
        "wishes": [{"field": "review_by", "value": "2031-05-01"}],
    }

    mine = of(mentor)("POST", "/bulk-edits/preview", json=edit)
    theirs = of(mentee)("POST", "/bulk-edits/preview", json=edit)

    assert mine.json["sessions"] == [matching]
    assert theirs.status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"field": "title", "value": "x"},
        {"field": "collection", "number": 1, "value": "yes"},
        {"field": "collection", "number": 99, "value": True},
        {"field": "owner", "value": 2**70},
        {"field": "visibility", "value": "everybody"},
    ],
)
def test_an_invalid_field_change_is_refused(
    of: Callable[[Account], Program], library: Library, mentor: Account, change: dict[str, object]
) -> None:
    """An invalid field change in a bulk edit answers 400 or 422 with a message."""
    add_session(library, owner=mentor)

    refused = of(mentor)("POST", "/bulk-edits/preview", json={"where": {}, "wishes": [change]})

    assert refused.status_code in {400, 422}
    assert refused.json["detail"]


def test_people_are_merged_and_separated(
    of: Callable[[Account], Program], library: Library, admin: Account, mentor: Account
) -> None:
    """Two people with similar names are proposed, merged after a preview, and separated again.

    A pair marked as different people is not proposed again.
    """
    twin = add_account(library, "Mentor Ada", Role.MENTOR)
    add_session(library, owner=twin)
    as_admin, two = of(admin), {"kept": mentor.id, "gone": twin.id}

    offered = as_admin("GET", "/people/alike").json["pairs"]
    preview = as_admin("POST", "/people/merges/preview", json=two).json
    made = as_admin("POST", "/people/merges", json=two)
    path = made.headers["Location"].removeprefix("/api/v1")
    with library.reading() as db:
        merged = people.merged_into(db, twin.id)
    parted, again = as_admin("POST", f"{path}/undo"), as_admin("POST", f"{path}/undo")
    apart = as_admin("POST", "/people/apart", json={"one": mentor.id, "other": twin.id})

    assert [(p["one"], p["other"]) for p in offered] == [(mentor.id, twin.id)]
    assert (preview["sessions"], preview["asked_again"]) == (1, [])
    assert (made.status_code, made.json["stays"], merged) == (201, "", mentor.id)
    assert parted.json["undone_at"]
    assert (again.status_code, apart.status_code) == (409, 204)
    assert as_admin("GET", "/people/alike").json["pairs"] == []
    assert [m["id"] for m in as_admin("GET", "/people/merges").json["merges"]] == [made.json["id"]]
    assert as_admin("GET", "/people/merges/99").status_code == 404
    assert of(mentor)("GET", "/people/merges").status_code == 403


def test_an_answer_is_pinned_changed_and_removed(
    of: Callable[[Account], Program], library: Library, admin: Account, mentor: Account
) -> None:
    """A program changes and removes a pinned answer with its ETag. A mentor cannot pin."""
    talk = add_session(library, lines=LINES, owner=mentor, visibility=Visibility.PUBLIC)
    as_admin = of(admin)
    pin_request = {"questions": ["How do I ask for feedback?"], "passages": talk.passage_ids}

    made = as_admin("POST", "/pins", json=pin_request)
    path = made.headers["Location"].removeprefix("/api/v1")
    changed = as_admin(
        "PUT", path, made.headers["ETag"], json={**pin_request, "note": "Listen first."}
    )
    stale = as_admin("PUT", path, made.headers["ETag"], json=pin_request)
    blind = as_admin("DELETE", path)
    listed = as_admin("GET", "/pins").json["pins"]
    deleted = as_admin("DELETE", path, changed.headers["ETag"])

    assert made.json["passages"][0]["text"].endswith(LINES[0][1])
    assert (listed[0]["note"], listed[0]["fallen"]) == ("Listen first.", 0)
    assert (stale.status_code, blind.status_code, deleted.status_code) == (412, 428, 204)
    assert as_admin("GET", path).status_code == 404
    assert as_admin("POST", "/pins", json={**pin_request, "passages": [999]}).status_code == 404
    assert of(mentor)("POST", "/pins", json=pin_request).status_code == 403


def test_a_search_is_saved_with_alerts(
    of: Callable[[Account], Program], mentee: Account, mentor: Account
) -> None:
    """Only its owner finds a saved search. The ETag is needed to change its alerts."""
    mine = of(mentee)
    made = mine(
        "POST",
        "/searches",
        json={"question": "feedback", "filters": {"kind": "note"}, "rhythm": "weekly"},
    )
    path = made.headers["Location"].removeprefix("/api/v1")

    ended = mine("PATCH", path, made.headers["ETag"], json={"rhythm": "never"})
    stale = mine("PATCH", path, made.headers["ETag"], json={"rhythm": "daily"})
    listed = mine("GET", "/searches").json["searches"]
    wrong = mine("POST", "/searches", json={"question": "x", "filters": {"kind": "film"}})
    deleted = mine("DELETE", path, "*")

    assert (made.json["rhythm"], made.json["filters"]) == ("weekly", {"kind": "note"})
    assert (ended.json["rhythm"], stale.status_code) == ("never", 412)
    assert [search["name"] for search in listed] == ["feedback"]
    assert (wrong.status_code, deleted.status_code) == (400, 204)
    assert of(mentor)("GET", path).status_code == 404


def test_the_freshness_of_a_session_is_set(
    of: Callable[[Account], Program], library: Library, mentor: Account, mentee: Account
) -> None:
    """The owner sets a session's review date and the session that replaces it, with the ETag.

    Another reader gets both once the review date has come.
    """
    old, new = (
        add_session(library, lines=LINES, owner=mentor, visibility=Visibility.MEMBERS)
        for _ in range(2)
    )
    path, mine, reader = f"/sessions/{old.session_id}/current", of(mentor), of(mentee)
    tag = mine("GET", path).headers["ETag"]
    day = today()
    later = {"review_by": str(day + timedelta(days=9)), "replaced_by": None}
    come = {"review_by": str(day), "replaced_by": new.session_id}

    put = mine("PUT", path, tag, json=later)
    before = reader("GET", path).json
    stale = mine("PUT", path, tag, json=come)
    mine("PUT", path, put.headers["ETag"], json=come)
    after = reader("GET", path).json

    assert (put.json["review_by"], put.json["due"]) == (later["review_by"], False)
    assert (before["review_by"], before["replaced_by"], stale.status_code) == (None, None, 412)
    assert (after["review_by"], after["due"]) == (str(day), True)
    assert after["replaced_by"] == new.session_id
    assert reader("PUT", path, "*", json=later).status_code == 403
    circle = {"review_by": None, "replaced_by": old.session_id}
    assert mine("PUT", path, "*", json=circle).status_code == 409
