"""Tests of the command `ingest`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from library.settings import Settings
from library.store import Library
from web.cli import cli


def test_refused_files_are_not_stored(settings: Settings, library: Library, tmp_path: Path):
    """If one of several files that belong together is refused, none is stored."""
    (tmp_path / "talk.md").write_text("Words that are not to stay.")
    (tmp_path / "talk.vtt").touch()
    files = [str(tmp_path / name) for name in ("talk.md", "talk.vtt")]

    result = CliRunner().invoke(cli, ["--home", str(settings.home), "ingest", *files])

    assert result.exit_code == 1
    assert "0 bytes" in result.output
    assert list(library.files.all_kept()) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--date", "1066-10-14"], "The dates of a session are from 1900 to 2200."),
        (["--language", "english"], "“english” is not a valid language code."),
    ],
)
def test_the_rules_of_a_session_hold_here_too(
    settings: Settings, library: Library, tmp_path: Path, options: list[str], sentence: str
):
    """`ingest` refuses an invalid date or language with the same sentence as the form."""
    (tmp_path / "talk.md").write_text("Words of a talk.")
    arguments = ["ingest", *options, str(tmp_path / "talk.md")]

    result = CliRunner().invoke(cli, ["--home", str(settings.home), *arguments])

    assert result.exit_code == 1
    assert sentence in " ".join(result.output.split())
    assert list(library.files.all_kept()) == []
