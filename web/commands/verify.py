"""`living-history verify`: check what the library holds."""

from pathlib import Path

import click
from rich.console import Console

from library.errors import LibraryError
from library.keeping import restoring
from library.keeping.verify import Check, checks
from library.store import Library, open_library
from search.checking import index_on_disk
from web.commands.keeping_progress import bars
from web.commands.opening import settings_for


@click.command()
@click.option("--quick", is_flag=True, help="Look at names and sizes only; read no file whole.")
@click.option(
    "--backup",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check this backup instead of the library.",
)
@click.pass_obj
def verify(home: Path | None, *, quick: bool, backup: Path | None) -> None:
    """Check files, database, vectors, index and consent ledger; fails when something is wrong."""
    if backup is not None:
        with bars(f"Reading {backup.name}") as progress:
            found = restoring.check(backup, progress=progress)
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
    """What a check says, also where what it reads cannot be read."""
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
