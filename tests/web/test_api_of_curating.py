"""Many at once, merges, pinned answers, kept searches and marks, from a program."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from library.access import today
from library.accounts import people
from library.models import Role, Visibility
from library.store import Library
from tests.builders import Account, add_account, add_session
from tests.web.program import Headers, Program

LINES = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def of(app: Flask, token_of: Callable[[Account], Headers]) -> Callable[[Account], Program]:
    """A program of somebody's."""
    return lambda account: Program(app, token_of(account))


def test_many_are_looked_at_changed_and_put_back(
    of: Callable[[Account], Program], library: Library, mentor: Account, admin: Account
) -> None:
    """The mark of the preview is what a change needs; an undo gives back what was."""
    mine, other = of(mentor), add_session(library, owner=admin, visibility=Visibility.PUBLIC)
    ids = [add_session(library, owner=mentor).session_id for _ in range(2)]
    wanted = {
        "sessions": [*ids, other.session_id],
        "wishes": [{"field": "language", "value": "de"}],
    }
    before = mine("GET", f"/sessions/{ids[0]}").json["language"]

    seen = mine("POST", "/bulk-edits/preview", json=wanted).json
    blind = mine("POST", "/bulk-edits", json={**wanted, "mark": "guessed"})
    made = mine("POST", "/bulk-edits", json={**wanted, "mark": seen["mark"]})
    after = mine("GET", f"/sessions/{ids[0]}").json["language"]
    path = made.headers["Location"].removeprefix("/api/v1")
    undone, again = mine("POST", f"{path}/undo"), mine("POST", f"{path}/undo")

    assert (seen["changed"], [k["session_id"] for k in seen["left"]]) == (2, [other.session_id])
    assert (blind.status_code, made.status_code, again.status_code) == (409, 201, 409)
    assert [s["after"] for s in mine("GET", path).json["steps"]] == ["de", "de"]
    assert (after, undone.json) == ("de", {"put_back": 2, "left": []})
    assert mine("GET", f"/sessions/{ids[0]}").json["language"] == before
    assert [e["id"] for e in mine("GET", "/bulk-edits").json["edits"]] == [made.json["id"]]


def test_many_are_found_by_what_they_have_in_common(
    of: Callable[[Account], Program], library: Library, mentor: Account, mentee: Account
) -> None:
    """`where` takes what the list of sessions would show to the same person."""
    found = add_session(library, owner=mentor, title="About feedback").session_id
    add_session(library, owner=mentor, title="About time")
    wanted = {
        "where": {"words": "feedback"},
        "wishes": [{"field": "review_by", "value": "2031-05-01"}],
    }

    mine = of(mentor)("POST", "/bulk-edits/preview", json=wanted)
    theirs = of(mentee)("POST", "/bulk-edits/preview", json=wanted)

    assert mine.json["sessions"] == [found]
    assert theirs.status_code == 400


@pytest.mark.parametrize(
    "wish",
    [
        {"field": "title", "value": "x"},
        {"field": "collection", "number": 1, "value": "yes"},
        {"field": "collection", "number": 99, "value": True},
        {"field": "owner", "value": 2**70},
        {"field": "visibility", "value": "everybody"},
    ],
)
def test_what_no_session_can_have_is_refused(
    of: Callable[[Account], Program], library: Library, mentor: Account, wish: dict[str, object]
) -> None:
    """With a sentence, before anything is looked at."""
    add_session(library, owner=mentor)

    refused = of(mentor)("POST", "/bulk-edits/preview", json={"where": {}, "wishes": [wish]})

    assert refused.status_code in {400, 422}
    assert refused.json["detail"]


def test_two_are_one_and_two_again(
    of: Callable[[Account], Program], library: Library, admin: Account, mentor: Account
) -> None:
    """A pair is offered, merged after a look, and parted; told apart it is offered no more."""
    twin = add_account(library, "Mentor Ada", Role.MENTOR)
    add_session(library, owner=twin)
    boss, two = of(admin), {"kept": mentor.id, "gone": twin.id}

    offered = boss("GET", "/people/alike").json["pairs"]
    seen = boss("POST", "/people/merges/preview", json=two).json
    made = boss("POST", "/people/merges", json=two)
    path = made.headers["Location"].removeprefix("/api/v1")
    with library.reading() as db:
        away = people.merged_into(db, twin.id)
    parted, again = boss("POST", f"{path}/undo"), boss("POST", f"{path}/undo")
    apart = boss("POST", "/people/apart", json={"one": mentor.id, "other": twin.id})

    assert [(p["one"], p["other"]) for p in offered] == [(mentor.id, twin.id)]
    assert (seen["sessions"], seen["asked_again"]) == (1, [])
    assert (made.status_code, made.json["stays"], away) == (201, "", mentor.id)
    assert parted.json["undone_at"]
    assert (again.status_code, apart.status_code) == (409, 204)
    assert boss("GET", "/people/alike").json["pairs"] == []
    assert [m["id"] for m in boss("GET", "/people/merges").json["merges"]] == [made.json["id"]]
    assert boss("GET", "/people/merges/99").status_code == 404
    assert of(mentor)("GET", "/people/merges").status_code == 403


def test_an_answer_is_pinned_changed_and_let_go(
    of: Callable[[Account], Program], library: Library, admin: Account, mentor: Account
) -> None:
    """Each change names the tag of what was read; only curators and administrators pin."""
    talk = add_session(library, lines=LINES, owner=mentor, visibility=Visibility.PUBLIC)
    boss = of(admin)
    wanted = {"questions": ["How do I ask for feedback?"], "passages": talk.passage_ids}

    made = boss("POST", "/pins", json=wanted)
    path = made.headers["Location"].removeprefix("/api/v1")
    changed = boss("PUT", path, made.headers["ETag"], json={**wanted, "note": "Listen first."})
    stale = boss("PUT", path, made.headers["ETag"], json=wanted)
    blind = boss("DELETE", path)
    listed = boss("GET", "/pins").json["pins"]
    gone = boss("DELETE", path, changed.headers["ETag"])

    assert made.json["passages"][0]["text"].endswith(LINES[0][1])
    assert (listed[0]["note"], listed[0]["fallen"]) == ("Listen first.", 0)
    assert (stale.status_code, blind.status_code, gone.status_code) == (412, 428, 204)
    assert boss("GET", path).status_code == 404
    assert boss("POST", "/pins", json={**wanted, "passages": [999]}).status_code == 404
    assert of(mentor)("POST", "/pins", json=wanted).status_code == 403


def test_a_search_is_kept_with_letters_about_it(
    of: Callable[[Account], Program], mentee: Account, mentor: Account
) -> None:
    """Nobody else finds it; the rhythm changes by the tag that was read."""
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
    gone = mine("DELETE", path, "*")

    assert (made.json["rhythm"], made.json["filters"]) == ("weekly", {"kind": "note"})
    assert (ended.json["rhythm"], stale.status_code) == ("never", 412)
    assert [search["name"] for search in listed] == ["feedback"]
    assert (wrong.status_code, gone.status_code) == (400, 204)
    assert of(mentor)("GET", path).status_code == 404


def test_a_session_is_kept_current(
    of: Callable[[Account], Program], library: Library, mentor: Account, mentee: Account
) -> None:
    """Its keeper sets the day and the successor; a reader is told of what has come."""
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
