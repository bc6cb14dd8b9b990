"""Tests of question scripts and storage quotas."""

from collections.abc import Callable

from library.capture import question_scripts
from library.store import Library
from tests.builders import Account
from tests.web.client import Browser

Browse = Callable[..., Browser]


def test_five_scripts_are_there_from_the_start(browse: Browse, mentor: Account) -> None:
    """A new library offers five question scripts."""
    page = browse(mentor).get("/record").text

    for title in (
        "A critical incident",
        "An exit interview",
        "The first 90 days",
        "What I wish I had known",
        "Reverse mentoring",
    ):
        assert title in page


def test_an_administrator_adds_changes_and_removes_a_script(
    browse: Browse, admin: Account, library: Library
) -> None:
    """Each line of the form becomes a prompt, without blank lines and outer spaces.

    A changed script has its new title. A removed script is not offered any more.
    """
    member = browse(admin)

    member.post("/care/scripts/", data={"title": "Handover", "prompts": "Who?\n\n  Where to?  "})
    with library.reading() as db:
        made = next(s for s in question_scripts.everything(db) if s.title == "Handover")
    member.post(f"/care/scripts/{made.id}", data={"title": "Handing over", "prompts": "What?"})
    changed = member.get(f"/care/scripts/{made.id}").text
    member.post(f"/care/scripts/{made.id}/remove")

    assert made.prompts == ["Who?", "Where to?"]
    assert "Handing over" in changed
    assert "Handing over" not in member.get("/record").text


def test_a_script_without_a_question_is_refused_and_kept_in_the_form(
    browse: Browse, admin: Account
) -> None:
    """A script without prompts answers 400, and the form keeps its title."""
    answer = browse(admin).post("/care/scripts/", data={"title": "Empty", "prompts": " \n "})

    assert answer.status_code == 400
    assert "at least one question" in answer.text
    assert 'value="Empty"' in answer.text


def test_only_administrators_edit_scripts(browse: Browse, mentor: Account) -> None:
    """A mentor is refused the pages of scripts."""
    answers = [
        browse(mentor).get("/care/scripts/").status_code,
        browse(mentor).post("/care/scripts/1/remove").status_code,
    ]

    assert answers == [403, 403]


def test_an_administrator_sets_a_storage_quota(
    browse: Browse, admin: Account, mentor: Account
) -> None:
    """The page for adding sessions shows the storage quota that an administrator set."""
    browse(admin).post(f"/care/people/{mentor.id}", data={"quota_mb": "100"})

    page = browse(mentor).get("/add").text

    assert "Storage quota: 100.0 MB of 100.0 MB left" in page
