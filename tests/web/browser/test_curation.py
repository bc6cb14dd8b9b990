"""Tests of curation in a browser by keyboard only.

Covers: web.curation.pinned_answers.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from library.collections import collections
from library.models import Role
from library.queue import WorkQueue
from library.sessions import sessions
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
from tests.web.shared_routes import made_app

MOST = 120  # limit of Tab presses to reach an element


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for all tests of the module."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """First of two sessions in the library."""
    first = add_session(library, title="Ask the same day", owner=mentor)
    add_session(library, title="Say thank you", owner=mentor, lines=[("Ada", "Say thank you.")])
    return first


@pytest.fixture
def page(
    app: Flask, library: Library, queue: WorkQueue, admin: Account, browser: Browser
) -> Iterator[Page]:
    """Administrator's page at a site with the real search engine."""
    assert app.extensions
    engine = Engine(library, BagOfWordsEmbedder())
    made = made_app(library=library, engine=engine, queue=queue)
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
    """Move the focus to an element with the Tab key only.

    Raises:
        AssertionError: the element was not reached.
    """
    element = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    expect(element).to_be_visible()
    for _ in range(MOST):
        if element.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{role} “{name}” is not reached by Tab")


def press(page: Page, role: str, name: str, key: str = "Enter") -> None:
    """Move the focus to an element with the Tab key and press *key*."""
    reach(page, role, name)
    page.keyboard.press(key)


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a select box by typing it."""
    reach(page, "combobox", label)
    page.keyboard.type(option)


def test_a_bulk_edit_is_made_and_undone(
    page: Page, library: Library, admin: Account, talk: Built
) -> None:
    """A bulk edit puts two sessions into a collection after a preview.

    An undo of the edit takes the sessions out again.
    """
    with library.transaction() as db:
        collection_id = collections.add(db, admin.viewer, title="Feedback").id

    def inside() -> int:
        with library.reading() as db:
            return len(collections.sessions_in(db, admin.viewer, collection_id))

    page.goto("/many")
    press(page, "checkbox", "All 2 sessions found", "Space")
    choose(page, "Add to the collection", "Feedback")
    with page.expect_navigation():
        press(page, "button", "Preview the changes")
    press(page, "button", "Change 2 sessions")
    expect(page.get_by_role("heading", name="A bulk edit")).to_be_visible()
    done = inside()
    press(page, "button", "Undo this edit")
    expect(page.get_by_text("Undone on")).to_be_visible()

    assert (done, inside()) == (2, 0)


def test_two_people_are_merged_and_separated(page: Page, library: Library) -> None:
    """Two people with similar names are compared and merged.

    An undo of the merge separates the people again.
    """
    remaining = add_account(library, "Tom Meier", Role.MENTOR)
    duplicate = add_account(library, "Tom Maier", Role.MENTEE)
    titled = add_session(library, title="Mine", owner=duplicate).session_id

    def owner() -> int | None:
        with library.reading() as db:
            return sessions.get(db, titled).owner_id

    page.goto("/care/duplicates")
    with page.expect_navigation():
        press(page, "link", f"Compare {remaining.name} and {duplicate.name}")
    press(page, "button", f"Merge {duplicate.name} into {remaining.name}")
    expect(page.get_by_role("heading", name="Merged")).to_be_visible()
    merged = owner()
    press(page, "button", f"Undo the merge of {duplicate.name} into {remaining.name}")
    expect(page.get_by_role("button", name="Undo the merge")).to_have_count(0)

    assert (merged, owner()) == (remaining.id, duplicate.id)


def test_an_answer_is_pinned_and_removed(page: Page, talk: Built) -> None:
    """A pinned answer is shown above the results of its question until it is removed."""
    question = "When do I ask for feedback?"
    page.goto(f"/pins/new?q={question}&passage={talk.passage_ids[0]}")
    press(page, "button", "Save pinned answer")
    expect(page.get_by_role("link", name=question)).to_be_visible()
    page.goto(f"/?q={question}")
    expect(page.get_by_role("heading", name="Chosen by a curator")).to_be_visible()

    page.goto("/pins")
    with page.expect_navigation():
        press(page, "link", question)
    press(page, "button", "Remove pinned answer")
    expect(page.get_by_role("heading", name="No pinned answers yet")).to_be_visible()
    page.goto(f"/?q={question}")

    expect(page.get_by_role("heading", name="Chosen by a curator")).to_have_count(0)


def test_topics_are_confirmed_merged_and_separated(
    page: Page, library: Library, admin: Account, talk: Built
) -> None:
    """A suggested topic is confirmed.

    Two topics are merged, and an undo of the merge separates them.
    """
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
    choose(page, "Merge into", "Feedback")
    with page.expect_navigation():
        press(page, "button", "Merge")
    page.goto("/topics")
    expect(page.get_by_role("link", name="Feedback")).to_be_visible()
    expect(page.get_by_role("link", name="Asking")).to_have_count(0)
    page.goto("/care/topics/")
    with page.expect_navigation():
        press(page, "button", "Undo: separate Asking from Feedback")
    page.goto("/topics")

    expect(page.get_by_role("link", name="Asking")).to_be_visible()
