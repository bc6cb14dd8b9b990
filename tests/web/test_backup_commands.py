"""The commands `backup` and `restore`: what they remove, and what they say about it."""

import shutil
from pathlib import Path

from click.testing import CliRunner

from library.holdings import removal_record
from library.store import Library
from library.withdrawal import taking_back
from tests.builders import Account, add_session
from tests.remains import remains_of
from web.cli import cli

SECRET = "zanzibarflamingo"


def run(library: Library, *words: str | Path) -> str:
    """Run a command on the library; gives what it said."""
    done = CliRunner().invoke(cli, ["--home", str(library.settings.home), *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_older_backup_goes_and_brings_nothing_back(
    library: Library, mentor: Account, tmp_path: Path
) -> None:
    """The new one takes its place, and a copy of it is restored without what was taken back."""
    folder, elsewhere = tmp_path / "backups", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    built = add_session(library, owner=mentor, lines=[("Ada", f"It was {SECRET} until Easter.")])
    run(library, "backup", folder / "one.zip")
    shutil.copy2(folder / "one.zip", elsewhere)
    taking_back.take_back(library, mentor.viewer, built.session_id)

    told = run(library, "backup", "--keep-days", "0", folder / "two.zip")
    (library.settings.home / removal_record.NAME).rename(elsewhere / "record")
    restored = tmp_path / "restored"
    record = ("--removals", folder / removal_record.NAME)
    said = run(library, "restore", *record, elsewhere / "one.zip", restored)

    assert "one.zip was older than 0 days and is removed" in told
    assert {path.name for path in folder.iterdir()} == {"two.zip", removal_record.NAME}
    assert "1 removals that are newer than the backup were repeated" in said
    assert "Removals after" in said
    assert remains_of(restored, SECRET) == []
