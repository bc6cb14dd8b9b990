"""`living-history sample load | remove`: the sample library."""

from pathlib import Path

import click

from library.capture import sample_library
from library.queue import WorkQueue
from web.commands.opening import library_for
from web.commands.processes import start_worker


@click.group()
def sample() -> None:
    """Load or remove the sample library."""


@sample.command()
@click.option("--wait", is_flag=True, help="Take everything in before returning.")
@click.pass_obj
def load(home: Path | None, *, wait: bool) -> None:
    """Put the sample library beside what is there."""
    library = library_for(home)
    added = sample_library.load(library)
    if not added:
        click.echo("The sample library is loaded already.")
        return
    queue = WorkQueue(library.settings.home)
    for source_id in added:
        queue.request(source_id)
    click.echo(f"{len(added)} sample sessions are being taken in.")
    if wait:
        start_worker(library.settings, "--until-idle").wait()


@sample.command()
@click.pass_obj
def remove(home: Path | None) -> None:
    """Take the sample library out again."""
    click.echo(f"{sample_library.remove(library_for(home))} sample sessions removed.")
