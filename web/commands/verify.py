"""Command `living-history verify`: integrity checks of the library or a backup."""

from pathlib import Path

import click
from rich.console import Console

from library.errors import LibraryError
from library.preservation import restore
from library.preservation.checks import Check, checks
from library.store import Library, open_library
from search.index.segment_store import index_on_disk
from web.commands.open_library import settings_for
from web.commands.progress import bars


@click.command()
@click.option("--quick", is_flag=True, help="Check only names and sizes, not the content of files.")
@click.option(
    "--backup",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check this backup instead of the library.",
)
@click.pass_obj
def verify(home: Path | None, *, quick: bool, backup: Path | None) -> None:
    """Check files, database, vectors, index and consent ledger. Fail if a check fails."""
    if backup is not None:
        with bars(f"Reading {backup.name}") as progress:
            found = restore.check(backup, progress=progress)
        _say("Backup", found)
        if found:
            raise click.exceptions.Exit(1)
        return
    library, wrong, console = open_library(settings_for(home)), 0, Console(stderr=True)
    for name, check in {**checks(thorough=not quick), "Index on disk": index_on_disk}.items():
        with console.status(name):
            objections = _objections(check, library)
        _say(name, objections)
        wrong += len(objections)
    if wrong:
        raise click.exceptions.Exit(1)


def _objections(check: Check, library: Library) -> list[str]:
    """Run a check and return its findings as sentences.

    A library error ends the check and is its last finding.
    """
    found: list[str] = []
    try:
        found.extend(check(library))
    except LibraryError as error:
        found.append(str(error))
    return found


def _say(name: str, objections: list[str]) -> None:
    click.echo(f"{name}: {'in order' if not objections else ''}".rstrip())
    for sentence in objections:
        click.echo(f"  {sentence}")
