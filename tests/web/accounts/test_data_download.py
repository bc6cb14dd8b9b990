"""Tests of the download of one's own data from the account page."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

from library.data_download import download
from library.store import Library
from tests.builders import Account
from tests.web.client import Browser


def test_own_data_is_requested_made_and_downloaded(
    browse: Callable[..., Browser], library: Library, mentor: Account
) -> None:
    """The page for a copy of one's own data shows whether the copy is waiting or ready.

    The owner downloads the copy, and browsers may not store it.
    """
    browser = browse(mentor)
    before = browser.get("/account/data/living-history-data.zip")
    request = browser.post("/account/data", {})
    waiting = browser.get("/account/data").text

    download.make_waiting(library)

    ready = browser.get("/account/data").text
    file = browser.get("/account/data/living-history-data.zip")
    assert before.status_code == 404
    assert request.status_code == 302
    assert "is being prepared" in waiting
    assert "Download your data (" in ready
    assert "no-store" in file.headers["Cache-Control"]
    with ZipFile(BytesIO(file.data)) as archive:
        assert mentor.email in archive.read("data/person.json").decode()


def test_another_member_does_not_get_the_data_copy(
    browse: Callable[..., Browser], library: Library, mentor: Account, mentee: Account
) -> None:
    """A member gets 404 instead of another member's data copy."""
    browse(mentor).post("/account/data", {})
    download.make_waiting(library)

    assert browse(mentee).get("/account/data/living-history-data.zip").status_code == 404
