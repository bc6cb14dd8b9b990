"""The room that is kept back for removals."""

import pytest

from library import reserve
from library.reserve import SIZE, Reserve
from library.store import Library


@pytest.fixture
def made(library: Library) -> Reserve:
    """The reserve of a library, made."""
    library.reserve.make()
    return library.reserve


def test_the_reserve_takes_its_room_once(made: Reserve, library: Library) -> None:
    """Made again, it is as large as before, and only its owner reads it."""
    made.make()

    path = library.settings.home / "reserve"
    assert path.stat().st_size == SIZE
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_removal_on_a_full_disk_has_the_room_of_the_reserve(
    made: Reserve, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is written the reserve is not there; afterwards it is."""
    monkeypatch.setattr(reserve, "free_bytes_at", lambda _path: 0)
    path = library.settings.home / "reserve"

    with library.transaction(on_full_disk=True):
        during = path.exists()

    assert not during
    assert path.stat().st_size == SIZE


def test_with_room_on_the_disk_the_reserve_stays(made: Reserve, library: Library) -> None:
    """It is not touched without need, nor by other changes."""
    path = library.settings.home / "reserve"

    with library.transaction(on_full_disk=True):
        assert path.exists()


def test_an_error_gives_the_reserve_back(
    made: Reserve, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal that fails leaves the reserve for the next."""
    monkeypatch.setattr(reserve, "free_bytes_at", lambda _path: 0)

    with pytest.raises(ValueError, match="broken"), library.transaction(on_full_disk=True):
        raise ValueError("broken")

    assert (library.settings.home / "reserve").stat().st_size == SIZE
