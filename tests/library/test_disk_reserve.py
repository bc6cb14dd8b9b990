"""Tests of the disk reserve: space on the disk that is reserved for removals."""

import pytest

from library import disk_reserve
from library.disk_reserve import SIZE, Reserve
from library.store import Library


@pytest.fixture
def made(library: Library) -> Reserve:
    """Disk reserve of a library, which exists as a file."""
    library.reserve.make()
    return library.reserve


def test_the_reserve_is_made_once(made: Reserve, library: Library) -> None:
    """Making the disk reserve again does not change its size.

    Only the owner of the file can read it.
    """
    made.make()

    path = library.settings.home / "reserve"
    assert path.stat().st_size == SIZE
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_removal_on_a_full_disk_uses_the_reserve(
    made: Reserve, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk, a removal frees the disk reserve and makes it again afterwards."""
    monkeypatch.setattr(disk_reserve, "free_bytes_at", lambda _path: 0)
    path = library.settings.home / "reserve"

    with library.transaction(on_full_disk=True):
        during = path.exists()

    assert not during
    assert path.stat().st_size == SIZE


def test_with_free_space_the_reserve_stays(made: Reserve, library: Library) -> None:
    """The disk reserve stays during a removal if the disk has free space."""
    path = library.settings.home / "reserve"

    with library.transaction(on_full_disk=True):
        assert path.exists()


def test_an_error_gives_the_reserve_back(
    made: Reserve, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk reserve is made again also if the removal fails."""
    monkeypatch.setattr(disk_reserve, "free_bytes_at", lambda _path: 0)

    with pytest.raises(ValueError, match="broken"), library.transaction(on_full_disk=True):
        raise ValueError("broken")

    assert (library.settings.home / "reserve").stat().st_size == SIZE
