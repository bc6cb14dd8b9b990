"""Tests that every command reports a damaged library in a sentence, without a traceback."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from library import keys
from library.settings import Settings
from library.store import Library
from tests.builders import add_session
from web.cli import cli


def command(home: Path, *words: str) -> Result:
    """Run a command on a library."""
    return CliRunner().invoke(cli, ["--home", str(home), *words])


def is_a_sentence(result: Result) -> bool:
    """Return whether a command ended with exit code 1 and printed an error message."""
    calm = result.exception is None or isinstance(result.exception, SystemExit)
    return calm and result.exit_code == 1 and "Error: " in result.output


@pytest.fixture
def home(settings: Settings, library: Library) -> Path:
    """Home of a closed library with one session."""
    add_session(library, title="Kept")
    library.close()
    return settings.home


@pytest.fixture(params=["cut off", "gone"])
def harmed(home: Path, request: pytest.FixtureRequest) -> Path:
    """Home folder with a truncated database or without a database, each in turn."""
    database = home / "library.db"
    if request.param == "gone":
        for path in home.glob("library.db*"):
            path.unlink()
    else:
        os.truncate(database, database.stat().st_size // 8192 * 4096)
    return home


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "0", "--no-worker"),
        ("verify",),
        ("status",),
        ("backup", "backup.zip"),
        ("export", "export.zip"),
        ("forget", "1", "--yes"),
        ("reindex",),
        ("search", "feedback"),
        ("ingest", __file__),
        ("sample", "remove"),
        ("bag", "session", "1", "bag"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_reports_a_damaged_database(harmed: Path, words: tuple[str, ...]):
    """With a damaged or missing database, every command refers to `restore` and makes no file."""
    files_before = sorted(path.name for path in harmed.iterdir())

    result = command(harmed, *words)

    assert is_a_sentence(result), (result.exception, result.output)
    assert "living-history restore" in result.output
    assert sorted(path.name for path in harmed.iterdir()) == files_before


def test_verify_continues_after_a_failed_check(home: Path):
    """If one check of `verify` cannot run, the command still reports the results of the others."""
    (home / "seal_key").write_bytes(b"cut off")
    stored = next((home / "files" / "kept").glob("*/*"))
    stored.write_bytes(stored.read_bytes() + b"x")
    for name in ("index", "models"):
        (home / name).unlink(missing_ok=True)
        (home / name).write_text("no folder")

    result = command(home, "verify")

    assert result.exit_code == 1
    assert "changed" in result.output
    assert "Consent ledger: in order" in result.output


def test_verify_names_open_permissions(home: Path):
    """`verify` names a file that other users of the computer may read.

    Any other command corrects the file's mode.
    """
    stored = next((home / "files" / "kept").glob("*/*"))
    stored.chmod(0o644)
    open_one = command(home, "verify", "--quick")
    command(home, "status")
    closed = command(home, "verify", "--quick")

    assert open_one.exit_code == 1
    assert stored.name in open_one.output
    assert stored.stat().st_mode & 0o777 == 0o600
    assert "Permissions: in order" in closed.output


def test_files_of_commands_are_private(home: Path, tmp_path: Path):
    """A backup, an export and a restored library are readable only by their owner."""
    keys.secret(home)
    backup, folder = tmp_path / "backup.zip", tmp_path / "restored"
    command(home, "backup", str(backup))
    command(home, "export", str(tmp_path / "export.zip"))

    result = command(home, "restore", str(backup), str(folder))

    made = [backup, tmp_path / "export.zip", folder, *folder.rglob("*")]
    assert result.exit_code == 0, result.output
    assert [str(path) for path in made if path.stat().st_mode & 0o077] == []
