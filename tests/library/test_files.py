"""Tests of stored files: they are named by SHA-256, and a full disk is reported."""

import subprocess
import sys
from pathlib import Path

import pytest

from library.errors import NotFoundError, StorageFullError
from library.files import Files, convert_disk_errors, pieces_of
from tests.builders import hash_of


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """File store without files."""
    return Files(tmp_path / "files")


def everything_in(folder: Path) -> list[Path]:
    """Return all files under *folder*."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_kept_bytes_are_named_by_their_hash(files):
    """The file store finds stored bytes by their SHA-256."""
    sha256, size = files.keep([b"one ", b"two"])

    assert (sha256, size) == (hash_of(b"one two"), 7)
    assert files.path(sha256).read_bytes() == b"one two"


def test_the_same_bytes_are_kept_once(files, tmp_path):
    """Equal bytes are stored once, also if they arrive in different pieces."""
    first, _ = files.keep([b"one ", b"two"])
    second, _ = files.keep([b"one two"])

    assert first == second
    assert len(everything_in(tmp_path)) == 1


def test_a_broken_stream_leaves_nothing(files, tmp_path):
    """If a stream breaks, the file store keeps no part of it."""

    def breaking():
        yield b"half of it"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        files.keep(breaking())

    assert everything_in(tmp_path) == []


def test_missing_bytes_are_not_found(files):
    """Reading a removed file raises `NotFoundError`. Removing it again raises no error."""
    sha256, _ = files.keep([b"sound"])

    files.remove(sha256)
    files.remove(sha256)

    assert not files.has(sha256)
    with pytest.raises(NotFoundError, match="missing"):
        files.path(sha256)


def test_a_temporary_file_is_gone_afterwards(files):
    """A temporary file is deleted after its use, also after an error."""
    with pytest.raises(IsADirectoryError), files.temporary(".part") as path:
        path.write_bytes(path.parent.read_bytes())

    assert path.suffix == ".part"
    assert not path.exists()


def test_a_work_folder_is_cleared_whole(files):
    """Clearing the work folder of a source leaves the work folders of other sources."""
    (files.work_folder(1) / "sound.pcm").write_bytes(b"pcm")
    other = files.work_folder(2)

    files.clear_work(1)
    files.clear_work(3)

    assert list(files.work_folder(1).iterdir()) == []
    assert other.is_dir()


def test_idle_work_is_cleared(files):
    """Work folders of sources that no worker processes are deleted."""
    idle, busy = ((files.work_folder(n) / "sound.pcm") for n in (1, 2))
    idle.write_bytes(b"of a removed session")
    busy.write_bytes(b"to be continued")

    files.clear_idle_work({2})

    assert not idle.exists()
    assert busy.exists()


def test_a_full_disk_raises_storage_full():
    """Writing to a full disk raises `StorageFullError` with a clear message."""
    with pytest.raises(StorageFullError, match="disk is full"), convert_disk_errors():
        Path("/dev/full").write_bytes(b"no room")


def test_other_errors_keep_their_name(tmp_path):
    """Errors of the operating system other than a full disk are not converted."""
    with pytest.raises(FileNotFoundError), convert_disk_errors():
        (tmp_path / "nowhere" / "file").write_bytes(b"")


def test_bytes_over_the_systems_limit_leave_nothing(tmp_path):
    """A file over the size limit of the system raises `StorageFullError`.

    No part of the file stays.
    """
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


def test_free_space_is_known_before_the_folder_exists(files):
    """The free space for a folder is known before the folder exists."""
    assert files.free_bytes() > 0


def test_a_stream_is_read_in_pieces(tmp_path):
    """A stream is read in pieces of at most 1 MiB."""
    path = tmp_path / "large"
    path.write_bytes(bytes(2_500_000))

    with path.open("rb") as stream:
        sizes = [len(piece) for piece in pieces_of(stream)]

    assert sum(sizes) == 2_500_000
    assert max(sizes) <= 1024 * 1024
