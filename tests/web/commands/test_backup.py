"""Tests of the commands `backup` and `restore`."""

import shutil
from pathlib import Path

from click.testing import CliRunner

from library.removal import take_back
from library.sessions import removal_record
from library.store import Library
from tests.builders import Account, add_session
from tests.remains import remains_of
from web.cli import cli

SECRET = "zanzibarflamingo"


def run(library: Library, *words: str | Path) -> str:
    """Run a command on a library. Return its output."""
    done = CliRunner().invoke(cli, ["--home", str(library.settings.home), *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_restored_backup_repeats_later_removals(
    library: Library, mentor: Account, tmp_path: Path
) -> None:
    """A restored backup does not contain words that were removed after the backup.

    An expired backup is deleted.
    """
    folder, elsewhere = tmp_path / "backups", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    built = add_session(library, owner=mentor, lines=[("Ada", f"It was {SECRET} until Easter.")])
    run(library, "backup", folder / "one.zip")
    shutil.copy2(folder / "one.zip", elsewhere)
    take_back.take_back(library, mentor.viewer, built.session_id)

    output = run(library, "backup", "--keep-days", "0", folder / "two.zip")
    (library.settings.home / removal_record.NAME).rename(elsewhere / "record")
    restored = tmp_path / "restored"
    record = ("--removals", folder / removal_record.NAME)
    restore_output = run(library, "restore", *record, elsewhere / "one.zip", restored)

    assert "one.zip was older than 0 days and is removed" in output
    assert {path.name for path in folder.iterdir()} == {"two.zip", removal_record.NAME}
    assert "1 removal that is newer than the backup was repeated" in restore_output
    assert "Removals after" in restore_output
    assert remains_of(restored, SECRET) == []
