"""Tests of the commands `sample load` and `sample remove`."""

from click.testing import CliRunner

from library.models import Source
from web.cli import cli


def sample(library, word):
    """Run `living-history sample`."""
    result = CliRunner().invoke(cli, ["--home", str(library.settings.home), "sample", word])
    assert result.exit_code == 0
    return result.output


def test_the_samples_are_loaded_once_and_removed(library):
    """The samples are loaded once, and removed with all their files."""
    first, again = sample(library, "load"), sample(library, "load")
    with library.reading() as db:
        waiting = len(db.query(Source).all())
    removed = sample(library, "remove")

    assert first.startswith(f"{waiting} sample sessions were added.")
    assert "already loaded" in again
    assert "sample sessions were removed" in removed
    with library.reading() as db:
        assert db.query(Source).all() == []
    assert list(library.files.all_kept()) == []
