"""Collections on the shelf and opened."""

from library.holdings import collections
from library.models import Visibility
from tests.builders import add_session


def test_a_collection_shows_what_the_reader_may_see_in_its_order(
    browse, library, admin, mentor
) -> None:
    """The cover's number and the list leave out what is private, and keep the curator's order."""
    titles = {"A": Visibility.PUBLIC, "B": Visibility.PRIVATE, "C": Visibility.PUBLIC}
    ids = [
        add_session(library, title=f"Talk {t}", owner=mentor, visibility=v).session_id
        for t, v in titles.items()
    ]
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="First steps", description="How it began.")
        collections.fill(db, admin.viewer, shelf, ids[::-1])
        path = f"/collections/{shelf.id}"

    guest, keeper = browse().get(path).text, browse(admin).get(path).text

    assert "How it began." in guest
    assert "Talk B" not in guest
    assert guest.index("Talk C") < guest.index("Talk A")
    assert keeper.index("Talk C") < keeper.index("Talk B") < keeper.index("Talk A")
    assert "2 sessions" in browse().get("/collections").text


def test_an_empty_shelf_says_what_to_do(browse, admin) -> None:
    """Without collections the page tells each reader what is theirs to do."""
    assert "An administrator puts them together" in browse().get("/collections").text
    assert "Put the first sessions together" in browse(admin).get("/collections").text


def test_a_shelf_of_hidden_sessions_is_hidden_too(browse, library, admin, mentor) -> None:
    """Whoever may see none of its sessions does not learn a collection's name."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE).session_id
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Leaving the firm")
        collections.fill(db, admin.viewer, shelf, [hidden])
        path = f"/collections/{shelf.id}"

    pages = [browse(who).get(p) for who in (None, admin) for p in (path, "/collections", "/")]

    assert [page.status_code for page in pages] == [404, 200, 200, 200, 200, 200]
    assert ["Leaving the firm" in page.text for page in pages] == [False] * 3 + [True] * 3


def test_a_collection_that_is_not_there_is_not_found(browse) -> None:
    """An unknown number is no error of the site."""
    assert browse().get("/collections/99").status_code == 404
