"""Tests of the bulk edit pages: selection, preview, change and undo.

Covers: bulk_edit_descriptions.
"""

import re
from http import HTTPStatus

import pytest

from library.curation import bulk_edit
from library.curation.bulk_fields import FieldRef
from library.models import Visibility
from library.sessions import sessions
from tests.builders import add_session

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@pytest.fixture
def two(library, mentor) -> list[int]:
    """Ids of two sessions of the mentor."""
    return [
        add_session(library, title=f"Talk {i}", lines=ALONE, owner=mentor).session_id
        for i in range(2)
    ]


def test_a_bulk_edit_is_previewed_done_and_undone(browse, library, mentor, two) -> None:
    """The preview changes no session.

    The confirmation changes both sessions, and an undo restores them.
    """
    owner = browse(mentor)
    form = {"session": [str(i) for i in two], "language": "de"}

    look = owner.post("/many/look", form)
    with library.reading() as db:
        untouched = [sessions.get(db, i).language for i in two]
    done = owner.post("/many", dict(HIDDEN.findall(look.text)), follow_redirects=True)
    with library.reading() as db:
        changed = [sessions.get(db, i).language for i in two]
    back = owner.post("/many/changes/1/undo", follow_redirects=True)

    assert "2 sessions will change." in look.text
    assert (untouched, changed) == (["", ""], ["de", "de"])
    assert "2 sessions changed." in done.text
    assert "2 changes are undone." in back.text
    assert "Language: German" in owner.get("/many/changes").text


def test_all_sessions_of_a_filter_can_be_selected(browse, library, mentor, two) -> None:
    """The choice "all" selects exactly the sessions that the filter finds."""
    look = browse(mentor).post("/many/look", {"all": "1", "q": "Talk 1", "language": "de"})

    assert "1 session will change." in look.text


def test_an_impossible_change_is_explained(browse, mentor, library, two) -> None:
    """If a session cannot become public, the preview says why and has no button to confirm."""
    add_session(
        library, title="Waiting", owner=mentor, visibility=Visibility.MEMBERS, released=False
    )
    look = browse(mentor).post("/many/look", {"all": "1", "q": "Waiting", "visibility": "public"})

    assert "Not all speakers have agreed to this visibility." in look.text
    assert "Nothing will change." in look.text
    assert 'class="button">Change' not in look.text


def test_a_change_after_the_preview_is_a_conflict(browse, library, mentor, two) -> None:
    """If a session changed after its preview, confirming answers 409 and overwrites nothing."""
    owner = browse(mentor)
    look = owner.post("/many/look", {"session": str(two[0]), "language": "de"})
    with library.transaction() as db:
        sessions.get(db, two[0]).language = "fr"

    answer = owner.post("/many", dict(HIDDEN.findall(look.text)))

    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Something changed since the preview" in answer.text
    with library.reading() as db:
        assert sessions.get(db, two[0]).language == "fr"


@pytest.mark.parametrize(
    "form", [{}, {"session": "1"}, {"session": "x", "language": "de"}, {"language": "de"}]
)
def test_a_form_that_makes_no_sense_is_refused(browse, mentor, two, form) -> None:
    """A preview without sessions, without a new value or with an invalid id is refused."""
    assert browse(mentor).post("/many/look", form).status_code == HTTPStatus.BAD_REQUEST


def test_others_see_neither_the_list_nor_the_changes(browse, mentor, mentee, two) -> None:
    """A mentee sees neither another member's sessions nor that member's change history.

    A guest has to sign in.
    """
    owner = browse(mentor)
    look = owner.post("/many/look", {"session": str(two[0]), "language": "de"})
    owner.post("/many", dict(HIDDEN.findall(look.text)))

    assert "Talk 0" not in browse(mentee).get("/many").text
    assert browse(mentee).get("/many/changes/1").status_code == HTTPStatus.NOT_FOUND
    assert browse(mentee).post("/many/changes/1/undo").status_code == HTTPStatus.NOT_FOUND
    assert browse().get("/many").status_code in {HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED}


def test_a_long_change_reports_its_progress(browse, library, mentor) -> None:
    """The page of a long bulk edit reports its progress.

    After an interruption, it says how many sessions were changed, and offers to undo.
    """
    titles = [f"Talk {i}" for i in range(bulk_edit.PORTION + 2)]
    ids = [add_session(library, title=t, lines=ALONE, owner=mentor).session_id for t in titles]
    owner, form = browse(mentor), {"all": "1", "q": "Talk", "language": "de"}
    with library.transaction() as db:
        planned = bulk_edit.plan(
            db, mentor.viewer, ids, [bulk_edit.FieldChange(FieldRef("form"), "peer")]
        )
        stopped = bulk_edit.begin(db, mentor.viewer, planned, planned.mark).id
    next(bulk_edit.change(library, mentor.viewer, stopped, planned.steps))

    look = owner.post("/many/look", form)
    done = owner.post("/many", dict(HIDDEN.findall(look.text))).text
    half = owner.get(f"/many/changes/{stopped}").text
    back = owner.post(f"/many/changes/{stopped + 1}/undo").text
    rest = owner.post(f"/many/changes/{stopped}/undo", follow_redirects=True).text

    for page in (done, back):
        assert "10 of 12 sessions" in page
        assert "12 of 12 sessions" in page
    assert "12 sessions changed." in done
    assert "12 changes are undone." in back
    assert "10 of 12 sessions are changed." in half
    assert "10 changes are undone." in rest


@pytest.mark.parametrize(
    "said", ["<!doctype", "10 of 12 sessions"], ids=["at the start", "during the edit"]
)
def test_a_long_change_is_finished_when_its_page_is_left(browse, library, mentor, said) -> None:
    """A bulk edit changes all its sessions even if the browser closes the page during the edit."""
    titles = [f"Talk {i}" for i in range(bulk_edit.PORTION + 2)]
    ids = [add_session(library, title=t, lines=ALONE, owner=mentor).session_id for t in titles]
    owner = browse(mentor)
    look = owner.post("/many/look", {"all": "1", "q": "Talk", "language": "de"})

    page = owner.post("/many", dict(HIDDEN.findall(look.text)))
    read = ""
    while said not in read.lower():
        read += next(page.iter_encoded()).decode()
    page.close()

    with library.reading() as db:
        assert {sessions.get(db, i).language for i in ids} == {"de"}
    assert "12 sessions changed." not in read
