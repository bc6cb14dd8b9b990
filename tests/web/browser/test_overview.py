"""Tests of the overview in a browser by keyboard only."""

import pytest

from library.models import SessionTopic, Topic, TopicState
from search.engine import Engine
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder
from tests.web.browser.sign_in import sign_in
from tests.web.in_thread import in_thread
from tests.web.shared_routes import made_app

FOCUSED = "() => document.activeElement.closest('svg') && document.activeElement.ariaLabel"


@pytest.fixture
def page(app, library, queue, admin, browser):
    """Administrator's page at a library with data for every chart."""
    words = ("feedback early kindly", "garden tomatoes water", "harbour ships pilots")
    lines = [(f"Voice {n % 4}", f"{words[n % 3]} {n}") for n in range(120)]
    built = add_session(library, lines=lines)
    with library.transaction() as db:
        topic = Topic(label="Letting go", folded="letting go")
        db.add(topic)
        db.flush()
        about = {"session_id": built.session_id, "topic_id": topic.id}
        db.add(SessionTopic(**about, state=TopicState.CONFIRMED))
    made = made_app(library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=queue)
    with in_thread(made) as address:
        context = browser.new_context(base_url=address)
        opened = context.new_page()
        opened.goto("/sign-in")
        sign_in(opened, admin)
        opened.wait_for_url("**/")
        yield opened
        context.close()


def test_the_topic_map_is_used_by_keyboard(page):
    """Tab reaches a group of the topic map and Enter opens it.

    In the smallest group, a point leads to the session of its passage.
    """
    page.goto("/overview/map")
    steps = 0
    while "/overview/map" in page.url:
        _tab_into_the_picture(page)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        steps += 1

    assert steps > 1
    assert page.locator("h1").inner_text() == "A talk about feedback"


def _tab_into_the_picture(page):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED):
            return
    pytest.fail("the keyboard does not reach the chart")
