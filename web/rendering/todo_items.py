"""To-do items of the viewer, each as a sentence with the page on which it is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import g, url_for

from library.todo import items
from library.todo.items import Kind, Task, TaskPage
from library.todo.texts import words
from web.http.context import library, viewer

ENDPOINTS = {
    TaskPage.MINE: "mine.page",
    TaskPage.CURATION: "review.queue",
    TaskPage.ADMINISTRATION: "care.page",
}
"""Endpoint of the navigation entry for each `TaskPage`."""

PAGES = {
    Kind.CONSENT: "releases.page",
    Kind.CONSENT_AGAIN: "releases.page",
    Kind.TOLD: "releases.page",
    Kind.REFUSED: "releases.page",
    Kind.SPEAKERS: "speakers.page",
    Kind.PROPOSAL: "releases.page",
    Kind.DECIDED: "releases.page",
    Kind.WORK: "review.page",
    Kind.FAILED: "jobs.page",
    Kind.REVIEW: "review.page",
    Kind.JOINING: "care.accounts",
    Kind.SOURCES: "care.page",
}


@dataclass(frozen=True, kw_only=True)
class TodoEntry:
    """To-do item as shown on a page."""

    words: str
    page: str  # URL


def items_of_viewer() -> Sequence[Task]:
    """Return the to-do items of the viewer, cached for the request."""
    if "waiting" not in g:
        who = viewer()
        found: Sequence[Task] = ()
        if who.is_member:
            with library().reading() as db:
                found = items.tasks_of(db, who)
        g.waiting = found
    return tuple(g.waiting)


def numbers() -> dict[str, int]:
    """Return the number of to-do items for each navigation endpoint."""
    return {ENDPOINTS[desk]: count for desk, count in items.counted(items_of_viewer()).items()}


def entries(found: Iterable[Task]) -> list[TodoEntry]:
    """Return a sentence and the URL of a page for each to-do item."""
    return [TodoEntry(words=words(one), page=page(one)) for one in found]


def page(one: Task) -> str:
    """Return the URL of the page for a to-do item."""
    if one.session_id is None:
        return url_for(PAGES[one.kind])
    return url_for(PAGES[one.kind], session_id=one.session_id)
