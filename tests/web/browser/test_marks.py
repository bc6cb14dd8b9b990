"""Tests of marks in a browser: buttons without a new page, and words selected in a transcript."""

import pytest
from playwright.sync_api import Page, expect

from library.discovery import marked_moments
from library.models import Visibility
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.paths import DATA

SOUND = (DATA / "handover.ogg").read_bytes()
LINES = [
    ("Ruth", "I kept the keys of the kiln room for a year."),
    ("Sam", "So whenever the gas failed, they rang you."),
]
UNLOADED = "window.isSamePage = true"
SELECT = """() => {
  const said = document.querySelector('#s1 .said');
  getSelection().selectAllChildren(said);
}"""


@pytest.fixture
def talk(library: Library) -> Built:
    """Session with sound that members may see."""
    return add_session(
        library, title="Kilns", lines=LINES, content=SOUND, visibility=Visibility.MEMBERS
    )


def own(library: Library, who: Account) -> list[tuple[str, float | None]]:
    """Return kind and start of each mark of a person, newest first."""
    with library.reading() as db:
        return [
            (one.mark.kind.value, one.mark.start) for one in marked_moments.listed(db, who.viewer)
        ]


def test_an_answer_is_marked_without_a_new_page(
    arrive, library: Library, mentee: Account, talk: Built
) -> None:
    """Pressed buttons say so, one outcome replaces the other, and the page stays."""
    page: Page = arrive(mentee)
    page.goto("/?q=kiln")
    page.evaluate(UNLOADED)
    form = page.locator("form[data-mark]").first

    form.get_by_role("button", name="Save what").click()
    expect(form.get_by_role("status")).to_have_text("Saved. You find it on the page “Saved”.")
    form.get_by_text("Did it help?").click()
    form.get_by_role("button", name="Partly").click()
    expect(form.get_by_role("button", name="Partly")).to_have_attribute("aria-pressed", "true")
    form.get_by_role("button", name="It worked").click()
    expect(form.get_by_role("button", name="It worked")).to_have_attribute("aria-pressed", "true")
    expect(form.get_by_role("button", name="Partly")).to_have_attribute("aria-pressed", "false")
    form.get_by_role("button", name="Save what").click()
    expect(form.get_by_role("status")).to_have_text("The mark is removed.")

    assert page.evaluate("window.isSamePage")
    assert [kind for kind, _ in own(library, mentee)] == ["tried"]


def test_a_refused_mark_shows_its_reason(arrive, mentee: Account, talk: Built) -> None:
    """If the moment is not open any more, the page says what happened."""
    page: Page = arrive(mentee)
    page.goto("/?q=kiln")
    page.locator("form[data-mark] [name=passage]").first.evaluate("(field) => field.value = 99999")

    page.locator("form[data-mark]").first.get_by_role("button", name="Save what").click()

    expect(page.get_by_text("This passage is no longer in the library")).to_be_visible()


def test_selected_words_of_a_transcript_are_saved(
    arrive, library: Library, mentee: Account, talk: Built
) -> None:
    """The bar saves the selected words. The key "s" saves the line that plays."""
    page: Page = arrive(mentee)
    page.goto(f"/sessions/{talk.session_id}")
    page.evaluate(SELECT)
    bar = page.locator("[data-keep]")

    bar.get_by_role("button", name="Save").click()
    expect(bar.get_by_role("status")).to_contain_text("Saved.")
    page.evaluate("getSelection().removeAllRanges()")
    expect(bar).to_be_hidden()
    page.keyboard.press("s")
    expect(bar.get_by_role("status")).to_contain_text("Saved.")

    assert own(library, mentee) == [("saved", 0.0), ("saved", 10.0)]
