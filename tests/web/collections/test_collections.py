"""Tests of the pages of collections for readers."""

from library.collections import collections
from library.models import Visibility
from tests.builders import add_session


def test_a_collection_shows_what_the_reader_may_see_in_its_order(
    browse, library, admin, mentor
) -> None:
    """A collection lists and counts the reader's visible sessions, in the curator's order."""
    titles = {"A": Visibility.PUBLIC, "B": Visibility.PRIVATE, "C": Visibility.PUBLIC}
    ids = [
        add_session(library, title=f"Talk {t}", owner=mentor, visibility=v).session_id
        for t, v in titles.items()
    ]
    with library.transaction() as db:
        collection = collections.add(
            db, admin.viewer, title="First steps", description="How it began."
        )
        collections.set_sessions(db, admin.viewer, collection, ids[::-1])
        path = f"/collections/{collection.id}"

    guest, as_admin = browse().get(path).text, browse(admin).get(path).text

    assert "How it began." in guest
    assert "Talk B" not in guest
    assert guest.index("Talk C") < guest.index("Talk A")
    assert as_admin.index("Talk C") < as_admin.index("Talk B") < as_admin.index("Talk A")
    assert "2 sessions" in browse().get("/collections").text


def test_without_collections_the_page_says_what_to_do(browse, admin) -> None:
    """Without collections, the page tells a guest and an administrator how collections are made."""
    assert "Only administrators can create a collection" in browse().get("/collections").text
    assert "Put the first sessions together" in browse(admin).get("/collections").text


def test_a_collection_of_hidden_sessions_is_hidden(browse, library, admin, mentor) -> None:
    """A reader who may see none of a collection's sessions does not see the collection."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE).session_id
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Leaving the firm")
        collections.set_sessions(db, admin.viewer, collection, [hidden])
        path = f"/collections/{collection.id}"

    pages = [browse(who).get(p) for who in (None, admin) for p in (path, "/collections", "/")]

    assert [page.status_code for page in pages] == [404, 200, 200, 200, 200, 200]
    assert ["Leaving the firm" in page.text for page in pages] == [False] * 3 + [True] * 3


def test_an_unknown_collection_is_not_found(browse) -> None:
    """An unknown id of a collection answers 404."""
    assert browse().get("/collections/99").status_code == 404
