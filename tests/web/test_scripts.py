"""Care of the question scripts, and where they guide."""

from collections.abc import Callable

from library.capture import scripts
from library.store import Library
from tests.builders import Account
from tests.web.browsing import Browser

Browse = Callable[..., Browser]


def test_five_scripts_are_there_from_the_start(browse: Browse, mentor: Account) -> None:
    """A new library can guide at once."""
    page = browse(mentor).get("/record").text

    for title in (
        "A critical incident",
        "An exit interview",
        "The first 90 days",
        "What I wish I had known",
        "Reverse mentoring",
    ):
        assert title in page


def test_an_administrator_makes_changes_and_removes_a_script(
    browse: Browse, admin: Account, library: Library
) -> None:
    """Each line is a prompt; blank lines fall out."""
    member = browse(admin)

    member.post("/care/scripts/", data={"title": "Handover", "prompts": "Who?\n\n  Where to?  "})
    with library.reading() as db:
        made = next(s for s in scripts.everything(db) if s.title == "Handover")
    member.post(f"/care/scripts/{made.id}", data={"title": "Handing over", "prompts": "What?"})
    changed = member.get(f"/care/scripts/{made.id}").text
    member.post(f"/care/scripts/{made.id}/remove")

    assert made.prompts == ["Who?", "Where to?"]
    assert "Handing over" in changed
    assert "Handing over" not in member.get("/record").text


def test_a_script_without_a_question_is_refused_and_kept_in_the_form(
    browse: Browse, admin: Account
) -> None:
    """Nothing that was typed is lost."""
    answer = browse(admin).post("/care/scripts/", data={"title": "Empty", "prompts": " \n "})

    assert answer.status_code == 400
    assert "at least one prompt" in answer.text
    assert 'value="Empty"' in answer.text


def test_only_administrators_care_for_scripts(browse: Browse, mentor: Account) -> None:
    """Mentors use them, and cannot change them."""
    answers = [
        browse(mentor).get("/care/scripts/").status_code,
        browse(mentor).post("/care/scripts/1/remove").status_code,
    ]

    assert answers == [403, 403]


def test_an_administrator_gives_somebody_room(
    browse: Browse, admin: Account, mentor: Account
) -> None:
    """The room is told on the page where files are added."""
    browse(admin).post(f"/care/people/{mentor.id}", data={"quota_mb": "100"})

    page = browse(mentor).get("/add").text

    assert "of your 100.0 MB you have 100.0 MB left" in page
