"""Tests of the administration of collections by forms."""

from collections.abc import Callable

import pytest

from library.collections import collections
from library.store import Library
from tests.builders import Account, add_session
from tests.web.client import Browser
from web.collections.collections_admin import moved


@pytest.fixture
def as_admin(browse: Callable[..., Browser], admin: Account) -> Browser:
    """Browser of an administrator."""
    return browse(admin)


def titles(library: Library) -> list[str]:
    with library.reading() as db:
        return [collection.title for collection in collections.all_collections(db)]


def inside(library: Library, admin: Account) -> list[int]:
    with library.reading() as db:
        return [session.id for session in collections.sessions_in(db, admin.viewer, 1)]


def test_a_collection_is_made_described_and_removed(as_admin: Browser, library: Library) -> None:
    """An administrator adds, renames and removes a collection."""
    made = as_admin.post("/care/collections/", {"title": "First steps", "description": "For all"})
    as_admin.post(made.location, {"title": "Steps", "description": "For some"})
    changed = titles(library)

    as_admin.post(f"{made.location}/remove")

    assert changed == ["Steps"]
    assert titles(library) == []


def test_a_collection_needs_a_title(as_admin: Browser, library: Library) -> None:
    """A collection without title answers 400, and the form keeps the description."""
    answer = as_admin.post("/care/collections/", {"title": " ", "description": "My words"})

    assert answer.status_code == 400
    assert "Give the collection a title" in answer.text
    assert "My words" in answer.text
    assert titles(library) == []


def test_collections_are_reordered_by_buttons(as_admin: Browser, library: Library) -> None:
    """Buttons move a collection up and down, and change nothing at the ends."""
    for title in ("A", "B", "C"):
        as_admin.post("/care/collections/", {"title": title})

    as_admin.post("/care/collections/3/move", {"do": "up"})
    as_admin.post("/care/collections/1/move", {"do": "down"})
    as_admin.post("/care/collections/2/move", {"do": "down"})

    assert titles(library) == ["C", "A", "B"]


def test_sessions_are_put_in_moved_and_taken_out(
    as_admin: Browser, library: Library, admin: Account
) -> None:
    """Buttons add, move and remove sessions of a collection.

    A session added twice is in it once.
    """
    numbers = [add_session(library, title=f"S{i}").session_id for i in range(3)]
    as_admin.post("/care/collections/", {"title": "A"})
    path = "/care/collections/1/sessions"
    for number in [*numbers, numbers[0]]:
        as_admin.post(path, {"session": str(number), "do": "add"})

    as_admin.post(path, {"session": str(numbers[2]), "do": "up"})
    as_admin.post(path, {"session": str(numbers[0]), "do": "take-out"})

    assert inside(library, admin) == [numbers[2], numbers[1]]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "up"}, 400),
        ({"session": "1", "do": "sideways"}, 400),
        ({"session": "99", "do": "add"}, 404),
        ({"session": "99", "do": "up"}, 400),
        ({"session": "one", "do": "add"}, 400),
    ],
)
def test_an_invalid_form_changes_nothing(
    as_admin: Browser, library: Library, admin: Account, form: dict[str, str], status: int
) -> None:
    """An invalid form answers with an error and does not change the collection."""
    add_session(library)
    as_admin.post("/care/collections/", {"title": "A"})
    as_admin.post("/care/collections/1/sessions", {"session": "1", "do": "add"})

    answer = as_admin.post("/care/collections/1/sessions", form)

    assert answer.status_code == status
    assert inside(library, admin) == [1]


def test_moving_keeps_everything() -> None:
    """Moving an item changes only its order, and changes nothing at the ends of the list."""
    assert moved([1, 2, 3], 1, -1) == [1, 2, 3]
    assert moved([1, 2, 3], 1, 1) == [2, 1, 3]
    assert moved([1, 2, 3], 3, 1) == [1, 2, 3]
