"""Tests of backup folders: how backups are found, deleted and reported as too old."""

import os
import time
from dataclasses import replace

from library.preservation import backup_folders
from library.preservation.backup import back_up
from library.sessions import removal_record
from tests.builders import add_session

DAY = 86_400  # seconds


def test_backups_are_found_among_other_files(library, tmp_path):
    """Backups are found among other files of a folder.

    A backup writes the removal record into the same folder.
    """
    add_session(library)
    (tmp_path / "notes.txt").write_text("no backup")
    back_up(library, tmp_path / "one.zip")

    found = list(backup_folders.backups(tmp_path))

    assert [backup.path.name for backup in found] == ["one.zip"]
    assert (tmp_path / removal_record.NAME).exists()


def test_the_newest_backup_is_never_deleted(library, tmp_path):
    """Deleting old backups leaves the newest backup and files that are not backups."""
    (tmp_path / "notes.zip").write_text("no backup")
    back_up(library, tmp_path / "one.zip")
    back_up(library, tmp_path / "two.zip")
    long_ago = time.time() - 99 * DAY
    for path in tmp_path.iterdir():
        os.utime(path, (long_ago, long_ago))

    backup_folders.remove_older(library, tmp_path / "two.zip", 30, unnamed=True)

    assert (tmp_path / "two.zip").exists()
    assert (tmp_path / "notes.zip").exists()


def test_no_backup_of_today_is_too_old(library, tmp_path):
    """A backup of today is not reported as too old. A missing folder is not reported either."""
    library.settings = replace(library.settings, backup_keep_days=1)
    back_up(library, tmp_path / "one.zip")
    backup_folders.remember(library, tmp_path / "gone")

    assert list(backup_folders.too_old(library)) == []
