"""Downloading one's own data from the account page."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

from library.exports import own_data
from library.store import Library
from tests.builders import Account
from tests.web.browsing import Browser


def test_ones_data_is_asked_for_made_and_downloaded(
    browse: Callable[..., Browser], library: Library, mentor: Account
) -> None:
    """The page says how it stands; the file comes to its owner, and no browser stores it."""
    browser = browse(mentor)
    before = browser.get("/account/data/living-history-data.zip")
    asked = browser.post("/account/data", {})
    waiting = browser.get("/account/data").text

    own_data.make_waiting(library)

    ready = browser.get("/account/data").text
    file = browser.get("/account/data/living-history-data.zip")
    assert before.status_code == 404
    assert asked.status_code == 302
    assert "is being gathered" in waiting
    assert "Download your data (" in ready
    assert "no-store" in file.headers["Cache-Control"]
    with ZipFile(BytesIO(file.data)) as archive:
        assert mentor.email in archive.read("data/person.json").decode()


def test_the_copy_of_another_person_is_not_to_be_had(
    browse: Callable[..., Browser], library: Library, mentor: Account, mentee: Account
) -> None:
    """The address names no person: everybody gets their own, or nothing."""
    browse(mentor).post("/account/data", {})
    own_data.make_waiting(library)

    assert browse(mentee).get("/account/data/living-history-data.zip").status_code == 404
