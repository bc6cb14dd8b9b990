"""Folders in which something is made leave nothing behind, whatever befalls their process."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from library import making
from library.files import JUST_MADE, LEFT_OVER
from library.keeping.backup import back_up
from library.keeping.exporting import export
from library.store import Library
from library.withdrawal.compaction import finish_now

WORDS = "words.txt"
HOLDING = f"""
import sys
from pathlib import Path
from library import making
with making.folder(Path(sys.argv[1]), sys.argv[2]) as made:
    (made / {WORDS!r}).write_text("Nobody else shall hear of it.")
    print(made, flush=True)
    sys.stdin.read()
"""


def left_by_a_kill(place: Path, prefix: str) -> Path:
    """A folder of a process that was killed a while ago."""
    command = [sys.executable, "-c", HOLDING, str(place), prefix]
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
    """At its end nothing of it is left."""
    with making.folder(tmp_path, making.BACKUP) as made:
        (made / WORDS).touch()

    assert list(tmp_path.iterdir()) == []


def test_what_others_work_in_stays(tmp_path: Path):
    """A folder whose lock somebody holds, a fresh one, and those of other kinds are left alone."""
    killed = left_by_a_kill(tmp_path, making.BACKUP)
    (fresh := tmp_path / ".backup-fresh").mkdir()
    (export_of_theirs := tmp_path / ".export-theirs").mkdir()
    grow_old(export_of_theirs, LEFT_OVER)
    with making.folder(tmp_path, making.BACKUP) as held:
        grow_old(held, LEFT_OVER)

        making.clear(tmp_path, making.BACKUP)

        assert held.is_dir()
    assert fresh.is_dir()
    assert export_of_theirs.is_dir()
    assert not killed.exists()


@pytest.mark.parametrize(("make", "prefix"), [(back_up, making.BACKUP), (export, making.EXPORT)])
def test_the_next_one_removes_what_a_kill_left(library: Library, tmp_path: Path, make, prefix: str):
    """A copy of the database beside the backups would keep what is taken back for ever."""
    left_by_a_kill(tmp_path, prefix)

    make(library, tmp_path / "made.zip")

    assert not list(tmp_path.rglob(WORDS))


def test_a_removal_ends_with_nothing_of_a_killed_import(library: Library):
    """The rows of the other library, which it had unpacked in the home folder, are gone."""
    left_by_a_kill(library.settings.home, making.IMPORT)

    assert finish_now(library)

    assert not list(library.settings.home.rglob(WORDS))
