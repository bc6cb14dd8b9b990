"""Every command tells damage in a sentence, never in a traceback."""

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
    """Whether a command ended with a sentence for people and an exit code that says so."""
    calm = result.exception is None or isinstance(result.exception, SystemExit)
    return calm and result.exit_code == 1 and "Error: " in result.output


@pytest.fixture
def home(settings: Settings, library: Library) -> Path:
    """A closed library with one session."""
    add_session(library, title="Kept")
    library.close()
    return settings.home


@pytest.fixture(params=["cut off", "gone"])
def harmed(home: Path, request: pytest.FixtureRequest) -> Path:
    """The same with half a database, and with none."""
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
def test_every_command_says_what_is_wrong(harmed: Path, words: tuple[str, ...]):
    """A damaged or missing database ends each with exit code 1 and what to do; nothing is made."""
    there = sorted(path.name for path in harmed.iterdir())

    result = command(harmed, *words)

    assert is_a_sentence(result), (result.exception, result.output)
    assert "living-history restore" in result.output
    assert sorted(path.name for path in harmed.iterdir()) == there


def test_verify_goes_on_behind_a_check_that_cannot_be_made(home: Path):
    """Where a part is lost the other checks still say what they find."""
    (home / "seal_key").write_bytes(b"cut off")
    kept = next((home / "files" / "kept").glob("*/*"))
    kept.write_bytes(kept.read_bytes() + b"x")
    for name in ("index", "models"):
        (home / name).unlink(missing_ok=True)
        (home / name).write_text("no folder")

    result = command(home, "verify")

    assert result.exit_code == 1
    assert "changed" in result.output
    assert "Consent ledger: in order" in result.output


def test_verify_says_when_others_may_read_the_library(home: Path):
    """An open file or folder is named; a command that works on the library closes it."""
    kept = next((home / "files" / "kept").glob("*/*"))
    kept.chmod(0o644)
    open_one = command(home, "verify", "--quick")
    command(home, "status")
    closed = command(home, "verify", "--quick")

    assert open_one.exit_code == 1
    assert kept.name in open_one.output
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "Permissions: in order" in closed.output


def test_what_a_command_writes_for_its_user_is_closed(home: Path, tmp_path: Path):
    """A backup, an export and a restored library can be read by nobody else."""
    keys.secret(home)
    backup, folder = tmp_path / "backup.zip", tmp_path / "restored"
    command(home, "backup", str(backup))
    command(home, "export", str(tmp_path / "export.zip"))

    result = command(home, "restore", str(backup), str(folder))

    made = [backup, tmp_path / "export.zip", folder, *folder.rglob("*")]
    assert result.exit_code == 0, result.output
    assert [str(path) for path in made if path.stat().st_mode & 0o077] == []
