"""Curating in a real browser, without a mouse: what is pressed is reached by Tab."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from library.holdings import collections, sessions
from library.models import Role
from library.queue import WorkQueue
from library.store import Library
from library.vocabulary import session_topics, topics
from library.vocabulary.session_topics import Suggestion
from library.vocabulary.topics import Wording
from search.engine import Engine
from tests.builders import Account, Built, add_account, add_session
from tests.chromium import chromium
from tests.fakes import BagOfWordsEmbedder
from tests.web.conftest import PASSWORD
from tests.web.in_thread import in_thread
from web.site import create_app

MOST = 120  # presses of Tab on the way through a page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all of these tests."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Two sessions to curate; gives the first."""
    first = add_session(library, title="Ask the same day", owner=mentor)
    add_session(library, title="Say thank you", owner=mentor, lines=[("Ada", "Say thank you.")])
    return first


@pytest.fixture
def page(
    app: Flask, library: Library, queue: WorkQueue, admin: Account, browser: Browser
) -> Iterator[Page]:
    """An administrator's window, before the site with the search that people use."""
    assert app.extensions
    engine = Engine(library, BagOfWordsEmbedder())
    made = create_app(library=library, engine=engine, queue=queue)
    with in_thread(made) as address:
        context = browser.new_context(base_url=address)
        opened = context.new_page()
        opened.goto("/sign-in")
        opened.get_by_label("E-mail").fill(admin.email)
        opened.get_by_label("Password").fill(PASSWORD)
        opened.keyboard.press("Enter")
        opened.wait_for_url("**/")
        yield opened
        context.close()


def reach(page: Page, role: str, name: str) -> None:
    """Go to something by Tab alone, from where the focus is.

    Raises:
        AssertionError: it cannot be reached so.
    """
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    expect(wanted).to_be_visible()
    for _ in range(MOST):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{role} “{name}” is not reached by Tab")


def press(page: Page, role: str, name: str, key: str = "Enter") -> None:
    """Reach something, and press it."""
    reach(page, role, name)
    page.keyboard.press(key)


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a list by typing the beginning of its option."""
    reach(page, "combobox", label)
    page.keyboard.type(option)


def test_many_sessions_are_changed_and_put_back(
    page: Page, library: Library, admin: Account, talk: Built
) -> None:
    """Ticked, looked at, put into a collection at once, and taken out again by one undo."""
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Feedback").id

    def inside() -> int:
        with library.reading() as db:
            return len(collections.sessions_in(db, admin.viewer, shelf))

    page.goto("/many")
    press(page, "checkbox", "All 2 that were found", "Space")
    choose(page, "Put into the collection", "Feedback")
    with page.expect_navigation():
        press(page, "button", "Look at what will change")
    press(page, "button", "Change 2 sessions")
    expect(page.get_by_role("heading", name="A change of many sessions")).to_be_visible()
    done = inside()
    press(page, "button", "Put it back")
    expect(page.get_by_text("Put back on")).to_be_visible()

    assert (done, inside()) == (2, 0)


def test_two_people_are_merged_and_parted(page: Page, library: Library) -> None:
    """Found as a pair, looked at side by side, merged; and parted again from the list."""
    kept = add_account(library, "Tom Meier", Role.MENTOR)
    gone = add_account(library, "Tom Maier", Role.MENTEE)
    titled = add_session(library, title="Mine", owner=gone).session_id

    def owner() -> int | None:
        with library.reading() as db:
            return sessions.get(db, titled).owner_id

    page.goto("/care/duplicates")
    with page.expect_navigation():
        press(page, "link", f"Look at {kept.name} and {gone.name}")
    press(page, "button", f"Merge {gone.name} into {kept.name}")
    expect(page.get_by_role("heading", name="Merged")).to_be_visible()
    merged = owner()
    press(page, "button", f"Part {gone.name} and {kept.name}")
    expect(page.get_by_role("button", name="Part ")).to_have_count(0)

    assert (merged, owner()) == (kept.id, gone.id)


def test_an_answer_is_pinned_where_it_is_asked_and_taken_off(page: Page, talk: Built) -> None:
    """From “Why this?” of a moment to the top of the answer, and away again."""
    question = "When do I ask for feedback?"
    page.goto(f"/pins/new?q={question}&passage={talk.passage_ids[0]}")
    press(page, "button", "Pin it")
    expect(page.get_by_role("link", name=question)).to_be_visible()
    page.goto(f"/?q={question}")
    expect(page.get_by_role("heading", name="Chosen by a curator")).to_be_visible()

    page.goto("/pins")
    with page.expect_navigation():
        press(page, "link", question)
    press(page, "button", "Remove it")
    expect(page.get_by_role("heading", name="Nothing is pinned yet")).to_be_visible()
    page.goto(f"/?q={question}")

    expect(page.get_by_role("heading", name="Chosen by a curator")).to_have_count(0)


def test_topics_are_confirmed_merged_and_parted(
    page: Page, library: Library, admin: Account, talk: Built
) -> None:
    """A suggestion is confirmed with one key; two topics become one, and two again."""
    with library.transaction() as db:
        asking = topics.add(db, admin.viewer, Wording(label="Asking"))
        topics.add(db, admin.viewer, Wording(label="Feedback"))
        suggested = [
            Suggestion(topic_id=asking.id, score=0.9, passages=[(talk.passage_ids[0], 0.9)])
        ]
        session_topics.save_suggestions(db, talk.session_id, suggested)

    page.goto(f"/sessions/{talk.session_id}")
    press(page, "button", "About Asking: yes")
    expect(page.get_by_role("button", name="Not about Asking")).to_be_visible()
    page.goto(f"/care/topics/{asking.id}")
    choose(page, "Into", "Feedback")
    with page.expect_navigation():
        press(page, "button", "Merge")
    page.goto("/topics")
    expect(page.get_by_role("link", name="Feedback")).to_be_visible()
    expect(page.get_by_role("link", name="Asking")).to_have_count(0)
    page.goto("/care/topics/")
    with page.expect_navigation():
        press(page, "button", "Undo: part Asking from Feedback")
    page.goto("/topics")

    expect(page.get_by_role("link", name="Asking")).to_be_visible()
