"""Tests of the messages of the commands `export` and `import`."""

from pathlib import Path

from click.testing import CliRunner

from library.store import Library
from tests.builders import Account, add_session
from web.cli import cli


def run(home: Path, *words: str | Path) -> str:
    """Run a command on a library. Return its output."""
    done = CliRunner().invoke(cli, ["--home", str(home), *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def test_sessions_are_counted_with_their_plural(
    library: Library, mentor: Account, tmp_path: Path
) -> None:
    """The messages of export and import count "1 session" or several "sessions".

    A second import leaves existing sessions unchanged.
    """
    home, other = library.settings.home, tmp_path / "other"
    add_session(library, owner=mentor, title="One")
    run(home, "export", tmp_path / "one.zip")
    add_session(library, owner=mentor, title="Two")
    add_session(library, owner=mentor, title="Three")
    run(home, "export", tmp_path / "three.zip")

    first = run(other, "import", tmp_path / "one.zip")
    rest = run(other, "import", tmp_path / "three.zip")

    assert "1 session was imported. The worker makes it searchable." in first
    assert "2 sessions were imported. The worker makes them searchable." in rest
    assert "1 session was in the library already and is not changed." in rest
