"""`living-history`: the command line in front of the library."""

import sys
from importlib import import_module
from pathlib import Path

import click

from library import damage
from library import home as home_folder
from library.errors import LibraryError

COMMANDS = {
    "serve": "serve:serve",
    "search": "search:search",
    "ingest": "ingest:ingest",
    "reindex": "reindex:reindex",
    "status": "status:status",
    "sample": "samples:sample",
    "verify": "verify:verify",
    "check-receipt": "check_receipt:check_receipt",
    "bag": "bag:bag",
    "forget": "forget:forget",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "export": "moving:export",
    "import": "moving:bring_in",
}
"""Where each command is: loaded when it is called, since the site takes seconds to load."""


class Sentences(click.Group):
    """Shows what a person can act on as a sentence; everything else is a bug with its traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the commands, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name."""
        if name not in COMMANDS:
            return None
        module, _, function = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(f"web.commands.{module}"), function)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except LibraryError as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if (ours := damage.named(error)) is not None:
                raise click.ClickException(str(ours)) from error
            raise


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="The library's folder.")
@click.version_option(package_name="living-history")
@click.pass_context
def cli(ctx: click.Context, home: Path | None) -> None:
    """Keep what experienced people said; find it by asking."""
    home_folder.write_privately()
    ctx.obj = home


def main() -> None:
    """Run the command line."""
    sys.exit(cli(standalone_mode=True))
