"""Adding files on the command line."""

from pathlib import Path

from click.testing import CliRunner

from library.settings import Settings
from library.store import Library
from web.cli import cli


def test_what_is_refused_leaves_nothing_behind(
    settings: Settings, library: Library, tmp_path: Path
):
    """Of files that belong together none is kept where one of them cannot be used."""
    (tmp_path / "talk.md").write_text("Words that are not to stay.")
    (tmp_path / "talk.vtt").touch()
    files = [str(tmp_path / name) for name in ("talk.md", "talk.vtt")]

    result = CliRunner().invoke(cli, ["--home", str(settings.home), "ingest", *files])

    assert result.exit_code == 1
    assert "0 bytes" in result.output
    assert list(library.files.all_kept()) == []
