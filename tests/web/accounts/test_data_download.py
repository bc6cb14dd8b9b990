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
    """The page shows the state of the data copy.

    Its owner downloads it, and no browser stores it.
    """
    browser = browse(mentor)
    before = browser.get("/account/data/living-history-data.zip")
    asked = browser.post("/account/data", {})
    waiting = browser.get("/account/data").text

    download.make_waiting(library)

    ready = browser.get("/account/data").text
    file = browser.get("/account/data/living-history-data.zip")
    assert before.status_code == 404
    assert asked.status_code == 302
    assert "is being prepared" in waiting
    assert "Download your data (" in ready
    assert "no-store" in file.headers["Cache-Control"]
    with ZipFile(BytesIO(file.data)) as archive:
        assert mentor.email in archive.read("data/person.json").decode()


def test_another_member_does_not_get_the_data_copy(
    browse: Callable[..., Browser], library: Library, mentor: Account, mentee: Account
) -> None:
    """A member without a data copy gets 404, although another member has one."""
    browse(mentor).post("/account/data", {})
    download.make_waiting(library)

    assert browse(mentee).get("/account/data/living-history-data.zip").status_code == 404
