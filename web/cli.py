"""Command line `living-history`."""

import sys
from importlib import import_module
from pathlib import Path

import click

from library import home_folder, storage_errors
from library.errors import LibraryError

COMMANDS = {
    "serve": "serve:serve",
    "search": "search:search",
    "ingest": "ingest:ingest",
    "reindex": "reindex:reindex",
    "models": "models:models",
    "status": "status:status",
    "sample": "sample:sample",
    "verify": "verify:verify",
    "check-receipt": "check_receipt:check_receipt",
    "bag": "bag:bag",
    "forget": "forget:forget",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "export": "export_import:export",
    "import": "export_import:bring_in",
}
"""Module and function of each command. Imported on use: the web site takes seconds to import."""


class ErrorReportingGroup(click.Group):
    """Command group that shows library and storage errors as one sentence, without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command, or return None if the name is unknown."""
        if name not in COMMANDS:
            return None
        module, _, function = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(f"web.commands.{module}"), function)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command.

        Raises:
            ClickException: The command raised a library error or a storage error.
        """
        try:
            return super().invoke(ctx)
        except LibraryError as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if (ours := storage_errors.to_library_error(error)) is not None:
                raise click.ClickException(str(ours)) from error
            raise


@click.group(cls=ErrorReportingGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="Home folder of the library.")
@click.version_option(package_name="living-history")
@click.pass_context
def cli(ctx: click.Context, home: Path | None) -> None:
    """Store and search recordings of mentoring sessions."""
    home_folder.write_privately()
    ctx.obj = home


def main() -> None:
    """Run the command line."""
    sys.exit(cli(standalone_mode=True))
