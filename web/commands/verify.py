"""`living-history verify`: check what the library holds."""

from pathlib import Path

import click

from library.verify import CHECKS
from web.commands.opening import library_for


@click.command()
@click.pass_obj
def verify(home: Path | None) -> None:
    """Check the library, such as the chain of the consent ledger; fails when something is wrong."""
    library, wrong = library_for(home), 0
    for name, check in CHECKS.items():
        objections = list(check(library))
        wrong += len(objections)
        click.echo(f"{name}: {'in order' if not objections else ''}".rstrip())
        for sentence in objections:
            click.echo(f"  {sentence}")
    if wrong:
        raise click.exceptions.Exit(1)
