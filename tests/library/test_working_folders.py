"""Tests of working folders: they are deleted, also after their process is killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from library import working_folders
from library.files import JUST_MADE, LEFT_OVER
from library.preservation.backup import back_up
from library.preservation.export_library import export
from library.removal.compaction import finish_now
from library.store import Library

WORDS = "words.txt"
HOLD_FOLDER = f"""
import sys
from pathlib import Path
from library import working_folders
with working_folders.folder(Path(sys.argv[1]), sys.argv[2]) as made:
    (made / {WORDS!r}).write_text("Nobody else shall hear of it.")
    print(made, flush=True)
    sys.stdin.read()
"""


def left_by_a_kill(place: Path, prefix: str) -> Path:
    """Return a working folder that a killed process left some time ago."""
    command = [sys.executable, "-c", HOLD_FOLDER, str(place), prefix]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        made = Path(process.stdout.readline().decode().strip())
        process.kill()
    grow_old(made, JUST_MADE)
    return made


def grow_old(made: Path, seconds: float) -> None:
    before = time.time() - seconds - 1
    os.utime(made, (before, before))


def test_a_folder_is_there_while_it_is_used(tmp_path: Path):
    """A working folder exists during its use and is deleted afterwards."""
    with working_folders.folder(tmp_path, working_folders.BACKUP) as made:
        (made / WORDS).touch()

    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_stays(tmp_path: Path):
    """Folders in use, new folders and folders for another purpose are not deleted."""
    killed = left_by_a_kill(tmp_path, working_folders.BACKUP)
    (fresh := tmp_path / ".backup-fresh").mkdir()
    (export_of_theirs := tmp_path / ".export-theirs").mkdir()
    grow_old(export_of_theirs, LEFT_OVER)
    with working_folders.folder(tmp_path, working_folders.BACKUP) as in_use:
        grow_old(in_use, LEFT_OVER)

        working_folders.clear(tmp_path, working_folders.BACKUP)

        assert in_use.is_dir()
    assert fresh.is_dir()
    assert export_of_theirs.is_dir()
    assert not killed.exists()


@pytest.mark.parametrize(
    ("make", "prefix"), [(back_up, working_folders.BACKUP), (export, working_folders.EXPORT)]
)
def test_the_next_backup_or_export_deletes_left_folders(
    library: Library, tmp_path: Path, make, prefix: str
):
    """A backup deletes the folder of a killed backup, and an export that of a killed export."""
    left_by_a_kill(tmp_path, prefix)

    make(library, tmp_path / "made.zip")

    assert not list(tmp_path.rglob(WORDS))


def test_a_removal_ends_with_nothing_of_a_killed_import(library: Library):
    """A removal deletes the working folder that a killed import left."""
    left_by_a_kill(library.settings.home, working_folders.IMPORT)

    assert finish_now(library)

    assert not list(library.settings.home.rglob(WORDS))
