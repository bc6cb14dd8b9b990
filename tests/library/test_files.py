"""Bytes on disk: named by their hash, whole or not there, and a full disk said as such."""

import subprocess
import sys
from pathlib import Path

import pytest

from library.errors import NotFoundError, StorageFullError
from library.files import Files, pieces_of, storage_errors
from tests.builders import hash_of


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty folder of files."""
    return Files(tmp_path / "files")


def everything_in(folder: Path) -> list[Path]:
    """All files under *folder*."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_kept_bytes_are_named_by_their_hash(files):
    """What is kept is found again by its SHA-256, whole."""
    sha256, size = files.keep([b"one ", b"two"])

    assert (sha256, size) == (hash_of(b"one two"), 7)
    assert files.path(sha256).read_bytes() == b"one two"


def test_the_same_bytes_are_kept_once(files, tmp_path):
    """The same bytes a second time are the same file, however they were cut."""
    first, _ = files.keep([b"one ", b"two"])
    second, _ = files.keep([b"one two"])

    assert first == second
    assert len(everything_in(tmp_path)) == 1


def test_a_broken_stream_leaves_nothing(files, tmp_path):
    """When the bytes stop coming in the middle, no half file stays behind."""

    def breaking():
        yield b"half of it"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        files.keep(breaking())

    assert everything_in(tmp_path) == []


def test_absent_bytes_are_a_sentence(files):
    """Asking for bytes that are not there says so; forgetting them twice is no error."""
    sha256, _ = files.keep([b"sound"])

    files.remove(sha256)
    files.remove(sha256)

    assert not files.has(sha256)
    with pytest.raises(NotFoundError, match="missing"):
        files.path(sha256)


def test_a_temporary_file_is_gone_afterwards(files):
    """A file on its way in lives as long as the work on it, also when that fails."""
    with pytest.raises(IsADirectoryError), files.temporary(".part") as path:
        path.write_bytes(path.parent.read_bytes())

    assert path.suffix == ".part"
    assert not path.exists()


def test_a_work_folder_is_cleared_whole(files):
    """What was made on the way of a source is removed together, and only of that source."""
    (files.work_folder(1) / "sound.pcm").write_bytes(b"pcm")
    other = files.work_folder(2)

    files.clear_work(1)
    files.clear_work(3)

    assert list(files.work_folder(1).iterdir()) == []
    assert other.is_dir()


def test_work_that_nobody_goes_on_with_is_cleared(files):
    """Decoded sound of a session that was removed while no worker ran does not stay behind."""
    idle, busy = ((files.work_folder(n) / "sound.pcm") for n in (1, 2))
    idle.write_bytes(b"of a removed session")
    busy.write_bytes(b"to be continued")

    files.clear_idle_work({2})

    assert not idle.exists()
    assert busy.exists()


def test_a_full_disk_is_a_sentence():
    """The system's own full device gives the sentence about room, not an error number."""
    with pytest.raises(StorageFullError, match="disk is full"), storage_errors():
        Path("/dev/full").write_bytes(b"no room")


def test_other_errors_keep_their_name(tmp_path):
    """Only a lack of room is renamed."""
    with pytest.raises(FileNotFoundError), storage_errors():
        (tmp_path / "nowhere" / "file").write_bytes(b"")


def test_bytes_over_the_systems_limit_leave_nothing(tmp_path):
    """Where the system lets no file grow further, keeping fails with the sentence, cleanly."""
    script = f"""
import resource, sys
from pathlib import Path
from library.errors import StorageFullError
from library.files import Files

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Files(Path({str(tmp_path)!r})).keep(bytes(50_000) for _ in range(3))
except StorageFullError as error:
    sys.exit(str(error))
"""

    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )

    assert "disk is full" in done.stderr
    assert done.returncode == 1
    assert everything_in(tmp_path) == []


def test_free_room_is_known_before_the_folder_exists(files):
    """The room on the disk is told for a folder that will only be made."""
    assert files.free_bytes() > 0


def test_a_stream_is_read_in_pieces(tmp_path):
    """A large file passes through in pieces, none of them large."""
    path = tmp_path / "large"
    path.write_bytes(bytes(2_500_000))

    with path.open("rb") as stream:
        sizes = [len(piece) for piece in pieces_of(stream)]

    assert sum(sizes) == 2_500_000
    assert max(sizes) <= 1024 * 1024
