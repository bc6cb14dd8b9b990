"""A bag is valid, holds what its receiver may see, and reads and searches itself."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from library.holdings import collections
from library.models import Part, Visibility
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.chromium import chromium
from tests.web.browsing import Browser
from web.cli import cli


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """A mentor's private session."""
    return add_session(
        library,
        title="On feedback",
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR)],
        visibility=Visibility.PRIVATE,
    )


@pytest.fixture
def shelf(library: Library, admin: Account, talk: Built) -> int:
    """A collection of that session and a public one."""
    other = add_session(library, title="On trust", lines=[("Cem", "Trust takes café mornings.")])
    with library.transaction() as db:
        made = collections.add(db, admin.viewer, title="For new leaders")
        collections.fill(db, admin.viewer, made, [talk.session_id, other.session_id])
        return made.id


def test_a_collection_becomes_a_valid_bag(library: Library, shelf: int, tmp_path: Path) -> None:
    """The bagit package finds every file complete; a changed byte is noticed."""
    folder = tmp_path / "bag"

    _run(library, "bag", "collection", str(shelf), str(folder))

    bag = bagit.Bag(str(folder))
    assert bag.validate()
    assert bag.info["External-Description"] == "For new leaders"
    words = next((folder / "data").rglob("*.vtt"))
    words.write_text(words.read_text().replace("WEBVTT", "WEBVTX"))
    with pytest.raises(bagit.BagValidationError):
        bag.validate()


def test_a_bag_for_somebody_holds_only_what_they_may_see(
    library: Library, shelf: int, mentee: Account, tmp_path: Path
) -> None:
    """Packed for another member, the private session is not in it by any byte."""
    folder = tmp_path / "bag"

    _run(library, "bag", "collection", str(shelf), str(folder), "--for", str(mentee.id))

    content = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"On trust" in content
    assert b"On feedback" not in content
    assert b"the same day" not in content


def test_a_bag_is_packed_into_nothing_that_exists(
    library: Library, talk: Built, tmp_path: Path
) -> None:
    """What is in the way is kept, and named."""
    (tmp_path / "mine.txt").write_text("mine")

    result = CliRunner().invoke(
        cli, ["--home", str(library.settings.home), "bag", "session", "1", str(tmp_path)]
    )

    assert result.exit_code == 1
    assert "is not empty" in result.output
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_mentor_takes_their_session_along(
    browse: Callable[..., Browser], talk: Built, mentor: Account, mentee: Account, tmp_path: Path
) -> None:
    """The site sends a zip file with a valid bag to its owner, and nothing to others."""
    address = f"/sessions/{talk.session_id}/bag.zip"
    path = tmp_path / "taken.zip"

    path.write_bytes(browse(mentor).get(address).data)

    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    assert bagit.Bag(str(next(tmp_path.glob("*/bagit.txt")).parent)).validate()
    assert browse(mentee).get(address).status_code == 404
    assert browse().get(address).status_code == 404


def test_a_bag_opens_and_searches_without_a_server(
    library: Library, shelf: int, tmp_path: Path
) -> None:
    """From a folder, in a browser: a word without its accent is found, marked, and counted."""
    folder = tmp_path / "bag"
    _run(library, "bag", "collection", str(shelf), str(folder))

    with chromium() as browser:
        page = browser.new_page()
        page.goto((folder / "data" / "index.html").as_uri())
        expect(page.get_by_role("heading", level=2)).to_have_text(["On feedback", "On trust"])
        page.get_by_label("Words that were said").press_sequentially("cafe morn")

        expect(page.locator("mark")).to_have_text(["café", "mornings"])
        expect(page.get_by_role("status")).to_have_text("1 line in 1 session")


def _run(library: Library, *arguments: str) -> None:
    result = CliRunner().invoke(
        cli, ["--home", str(library.settings.home), *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
