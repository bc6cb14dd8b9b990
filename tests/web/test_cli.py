"""Tests of the command line `living-history`."""

import click
import pytest
from click.testing import CliRunner

from web.cli import COMMANDS, cli


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help_page(name):
    """Each command is found under its name and has a help page."""
    result = CliRunner().invoke(cli, [name, "--help"])

    assert result.exit_code == 0
    assert f"Usage: cli {name}" in result.output
    assert isinstance(cli.get_command(click.Context(cli), name), click.Command)


def test_an_unknown_command_is_refused():
    """An unknown command ends with exit code 2."""
    assert CliRunner().invoke(cli, ["fly"]).exit_code == 2


def test_an_error_of_the_library_is_one_sentence(library):
    """An error of the library is printed as one sentence, without a traceback."""
    result = CliRunner().invoke(
        cli, ["--home", str(library.settings.home), "forget", "99", "--yes"]
    )

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output
