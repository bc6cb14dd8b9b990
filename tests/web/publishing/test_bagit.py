"""Tests of BagIt bags: validity, access rules, and search in a browser without a server."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from library.collections import collections
from library.models import ParticipantRole, Visibility
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.chromium import chromium
from tests.web.client import Browser
from web.cli import cli


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Private session of the mentor."""
    return add_session(
        library,
        title="On feedback",
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.PRIVATE,
    )


@pytest.fixture
def collection_id(library: Library, admin: Account, talk: Built) -> int:
    """Id of a collection with the private session and a public one."""
    other = add_session(library, title="On trust", lines=[("Cem", "Trust takes café mornings.")])
    with library.transaction() as db:
        made = collections.add(db, admin.viewer, title="For new leaders")
        collections.set_sessions(db, admin.viewer, made, [talk.session_id, other.session_id])
        return made.id


def test_a_collection_becomes_a_valid_bag(
    library: Library, collection_id: int, tmp_path: Path
) -> None:
    """The bagit package accepts a collection's bag, and rejects it after a file was changed."""
    folder = tmp_path / "bag"

    _run(library, "bag", "collection", str(collection_id), str(folder))

    bag = bagit.Bag(str(folder))
    assert bag.validate()
    assert bag.info["External-Description"] == "For new leaders"
    words = next((folder / "data").rglob("*.vtt"))
    words.write_text(words.read_text().replace("WEBVTT", "WEBVTX"))
    with pytest.raises(bagit.BagValidationError):
        bag.validate()


def test_a_bag_for_a_member_follows_access_rules(
    library: Library, collection_id: int, mentee: Account, tmp_path: Path
) -> None:
    """A bag made for another member contains no words of the private session."""
    folder = tmp_path / "bag"

    _run(library, "bag", "collection", str(collection_id), str(folder), "--for", str(mentee.id))

    content = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"On trust" in content
    assert b"On feedback" not in content
    assert b"the same day" not in content


def test_a_bag_is_not_written_into_a_folder_with_files(
    library: Library, talk: Built, tmp_path: Path
) -> None:
    """A bag is not written into a folder with files, and these files stay."""
    (tmp_path / "mine.txt").write_text("mine")

    result = CliRunner().invoke(
        cli, ["--home", str(library.settings.home), "bag", "session", "1", str(tmp_path)]
    )

    assert result.exit_code == 1
    assert "is not empty" in result.output
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_owner_downloads_the_bag_of_a_session(
    browse: Callable[..., Browser], talk: Built, mentor: Account, mentee: Account, tmp_path: Path
) -> None:
    """The owner downloads a valid bag of a private session. Other people get 404."""
    address = f"/sessions/{talk.session_id}/bag.zip"
    path = tmp_path / "taken.zip"

    path.write_bytes(browse(mentor).get(address).data)

    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    assert bagit.Bag(str(next(tmp_path.glob("*/bagit.txt")).parent)).validate()
    assert browse(mentee).get(address).status_code == 404
    assert browse().get(address).status_code == 404


@pytest.mark.browser
def test_a_bag_opens_and_searches_without_a_server(
    library: Library, collection_id: int, tmp_path: Path
) -> None:
    """A bag's page finds and marks words in a browser, even if typed without accents."""
    folder = tmp_path / "bag"
    _run(library, "bag", "collection", str(collection_id), str(folder))

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
