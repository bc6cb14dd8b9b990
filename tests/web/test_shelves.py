"""Collections made, ordered and filled with forms alone."""

from collections.abc import Callable

import pytest

from library.holdings import collections
from library.store import Library
from tests.builders import Account, add_session
from tests.web.browsing import Browser
from web.views.shelves import moved


@pytest.fixture
def keeper(browse: Callable[..., Browser], admin: Account) -> Browser:
    """An administrator's browser."""
    return browse(admin)


def titles(library: Library) -> list[str]:
    with library.reading() as db:
        return [shelf.title for shelf in collections.everything(db)]


def inside(library: Library, admin: Account) -> list[int]:
    with library.reading() as db:
        return [session.id for session in collections.sessions_in(db, admin.viewer, 1)]


def test_a_collection_is_made_described_and_removed(keeper: Browser, library: Library) -> None:
    """Forms make a collection, change its words, and take it away with its sessions kept."""
    made = keeper.post("/care/collections/", {"title": "First steps", "description": "For all"})
    keeper.post(made.location, {"title": "Steps", "description": "For some"})
    changed = titles(library)

    keeper.post(f"{made.location}/remove")

    assert changed == ["Steps"]
    assert titles(library) == []


def test_without_a_title_it_is_not_made(keeper: Browser, library: Library) -> None:
    """The sentence says what is missing, and the introduction stays in the form."""
    answer = keeper.post("/care/collections/", {"title": " ", "description": "My words"})

    assert answer.status_code == 400
    assert "Give the collection a title" in answer.text
    assert "My words" in answer.text
    assert titles(library) == []


def test_collections_move_by_buttons(keeper: Browser, library: Library) -> None:
    """Up and down change the order of the collections; at the ends nothing happens."""
    for title in ("A", "B", "C"):
        keeper.post("/care/collections/", {"title": title})

    keeper.post("/care/collections/3/move", {"do": "up"})
    keeper.post("/care/collections/1/move", {"do": "down"})
    keeper.post("/care/collections/2/move", {"do": "down"})

    assert titles(library) == ["C", "A", "B"]


def test_sessions_are_put_in_moved_and_taken_out(
    keeper: Browser, library: Library, admin: Account
) -> None:
    """A collection holds what the buttons put in, in their order."""
    numbers = [add_session(library, title=f"S{i}").session_id for i in range(3)]
    keeper.post("/care/collections/", {"title": "A"})
    path = "/care/collections/1/sessions"
    for number in [*numbers, numbers[0]]:
        keeper.post(path, {"session": str(number), "do": "add"})

    keeper.post(path, {"session": str(numbers[2]), "do": "up"})
    keeper.post(path, {"session": str(numbers[0]), "do": "take-out"})

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
def test_odd_presses_change_nothing(
    keeper: Browser, library: Library, admin: Account, form: dict[str, str], status: int
) -> None:
    """A form that was tampered with is refused in words."""
    add_session(library)
    keeper.post("/care/collections/", {"title": "A"})
    keeper.post("/care/collections/1/sessions", {"session": "1", "do": "add"})

    answer = keeper.post("/care/collections/1/sessions", form)

    assert answer.status_code == status
    assert inside(library, admin) == [1]


def test_moving_keeps_everything() -> None:
    """A move changes places only."""
    assert moved([1, 2, 3], 1, -1) == [1, 2, 3]
    assert moved([1, 2, 3], 1, 1) == [2, 1, 3]
    assert moved([1, 2, 3], 3, 1) == [1, 2, 3]
