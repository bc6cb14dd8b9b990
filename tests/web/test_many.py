"""Many sessions at once, on pages: chosen, looked at, changed, put back."""

import re
from http import HTTPStatus

import pytest

from library.curating import bulk
from library.curating.bulk_fields import Cell
from library.holdings import sessions
from library.models import Visibility
from tests.builders import add_session

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@pytest.fixture
def two(library, mentor) -> list[int]:
    """Two sessions of a mentor."""
    return [
        add_session(library, title=f"Talk {i}", lines=ALONE, owner=mentor).session_id
        for i in range(2)
    ]


def test_chosen_looked_at_changed_and_put_back(browse, library, mentor, two) -> None:
    """The page says what will change; the press does that; another puts it back."""
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
    assert "2 changes are put back." in back.text
    assert "Language: German" in owner.get("/many/changes").text


def test_all_that_a_filter_finds_are_taken(browse, library, mentor, two) -> None:
    """One tick takes the whole of what was narrowed to, not only this page."""
    look = browse(mentor).post("/many/look", {"all": "1", "q": "Talk 1", "language": "de"})

    assert "1 session will change." in look.text


def test_what_cannot_change_is_named_with_the_reason(browse, mentor, library, two) -> None:
    """Nobody agreed to the public: that is said, and there is nothing to press."""
    add_session(
        library, title="Waiting", owner=mentor, visibility=Visibility.MEMBERS, released=False
    )
    look = browse(mentor).post("/many/look", {"all": "1", "q": "Waiting", "visibility": "public"})

    assert "Not everybody who speaks has agreed to that." in look.text
    assert "Nothing will change." in look.text
    assert 'class="button">Change' not in look.text


def test_a_change_in_between_is_looked_at_again(browse, library, mentor, two) -> None:
    """The page comes back with what would change now, and nothing was done."""
    owner = browse(mentor)
    look = owner.post("/many/look", {"session": str(two[0]), "language": "de"})
    with library.transaction() as db:
        sessions.get(db, two[0]).language = "fr"

    answer = owner.post("/many", dict(HIDDEN.findall(look.text)))

    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Something has changed meanwhile" in answer.text
    with library.reading() as db:
        assert sessions.get(db, two[0]).language == "fr"


@pytest.mark.parametrize(
    "form", [{}, {"session": "1"}, {"session": "x", "language": "de"}, {"language": "de"}]
)
def test_a_form_that_makes_no_sense_is_refused(browse, mentor, two, form) -> None:
    """Nothing chosen, nothing wished, or no number."""
    assert browse(mentor).post("/many/look", form).status_code == HTTPStatus.BAD_REQUEST


def test_others_see_neither_the_list_nor_the_changes(browse, mentor, mentee, two) -> None:
    """A mentee has nothing to change here; a guest is asked to sign in."""
    owner = browse(mentor)
    look = owner.post("/many/look", {"session": str(two[0]), "language": "de"})
    owner.post("/many", dict(HIDDEN.findall(look.text)))

    assert "Talk 0" not in browse(mentee).get("/many").text
    assert browse(mentee).get("/many/changes/1").status_code == HTTPStatus.NOT_FOUND
    assert browse(mentee).post("/many/changes/1/undo").status_code == HTTPStatus.NOT_FOUND
    assert browse().get("/many").status_code in {HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED}


def test_a_long_change_says_how_far_it_is_and_how_far_it_came(browse, library, mentor) -> None:
    """The page is sent while it is done; one that was stopped says how many, and is put back."""
    titles = [f"Talk {i}" for i in range(bulk.PORTION + 2)]
    ids = [add_session(library, title=t, lines=ALONE, owner=mentor).session_id for t in titles]
    owner, form = browse(mentor), {"all": "1", "q": "Talk", "language": "de"}
    with library.transaction() as db:
        planned = bulk.plan(db, mentor.viewer, ids, [bulk.Wish(Cell("form"), "peer")])
        stopped = bulk.begin(db, mentor.viewer, planned, planned.mark).id
    next(bulk.change(library, mentor.viewer, stopped, planned.steps))

    look = owner.post("/many/look", form)
    done = owner.post("/many", dict(HIDDEN.findall(look.text))).text
    half = owner.get(f"/many/changes/{stopped}").text
    back = owner.post(f"/many/changes/{stopped + 1}/undo").text
    rest = owner.post(f"/many/changes/{stopped}/undo", follow_redirects=True).text

    for page in (done, back):
        assert "10 of 12 sessions" in page
        assert "12 of 12 sessions" in page
    assert "12 sessions changed." in done
    assert "12 changes are put back." in back
    assert "10 of 12 sessions are changed." in half
    assert "10 changes are put back." in rest


@pytest.mark.parametrize("said", ["<!doctype", "10 of 12 sessions"], ids=["at once", "in between"])
def test_a_long_change_is_finished_when_its_page_is_left(browse, library, mentor, said) -> None:
    """Wherever the page is left, every session is changed, as it promises."""
    titles = [f"Talk {i}" for i in range(bulk.PORTION + 2)]
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
