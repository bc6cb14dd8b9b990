"""`living-history`: the command line in front of the library."""

import sys
from pathlib import Path

import click

from library.errors import LibraryError
from web.commands import (
    backup,
    bag,
    check_receipt,
    forget,
    ingest,
    moving,
    reindex,
    samples,
    search,
    serve,
    status,
    verify,
)


class Sentences(click.Group):
    """Shows what a person can act on as a sentence, and everything else as what it is: a bug."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except LibraryError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="The library's folder.")
@click.version_option(package_name="living-history")
@click.pass_context
def cli(ctx: click.Context, home: Path | None) -> None:
    """Keep what experienced people said; find it by asking."""
    ctx.obj = home


for command in (
    serve.serve,
    search.search,
    ingest.ingest,
    reindex.reindex,
    status.status,
    samples.sample,
    verify.verify,
    check_receipt.check_receipt,
    bag.bag,
    forget.forget,
    backup.backup,
    backup.restore,
    moving.export,
    moving.bring_in,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line."""
    sys.exit(cli(standalone_mode=True))
