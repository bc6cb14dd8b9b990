"""`living-history sample load | remove`: the sample library."""

import time
from pathlib import Path

import click

from library import worker_place
from library.capture import sample_library
from library.holdings import jobs
from library.queue import WorkQueue
from library.store import Library
from web.commands.opening import library_for
from web.commands.processes import start_worker

LOOK_EVERY = 1.0  # seconds between two looks whether all is taken in


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
        _wait(library)


def _wait(library: Library) -> None:
    """Let a worker do all the work there is: our own, or the one of the site that runs."""
    code = 0
    while True:
        if worker_place.is_free(library.settings.home):
            code = start_worker(library.settings, "--until-idle", after=code).wait()
        with library.reading() as db:
            if not jobs.unfinished(db) and not jobs.somebody_works(db):
                return
        time.sleep(LOOK_EVERY)


@sample.command()
@click.pass_obj
def remove(home: Path | None) -> None:
    """Take the sample library out again."""
    click.echo(f"{sample_library.remove(library_for(home))} sample sessions removed.")
