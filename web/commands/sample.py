"""Commands `living-history sample load` and `sample remove`."""

import time
from pathlib import Path

import click

from library import worker_lock
from library.capture import sample_library
from library.queue import WorkQueue
from library.sessions import jobs
from library.store import Library
from library.translation import ngettext
from web.commands.open_library import library_for
from web.commands.processes import start_worker

LOOK_EVERY = 1.0  # seconds between two checks whether all sources are processed


@click.group()
def sample() -> None:
    """Load or remove the sample library."""


@sample.command()
@click.option("--wait", is_flag=True, help="Wait until all samples are processed.")
@click.pass_obj
def load(home: Path | None, *, wait: bool) -> None:
    """Add the sample library to the library."""
    library = library_for(home)
    added = sample_library.load(library)
    if not added:
        click.echo("The sample library is already loaded.")
        return
    queue = WorkQueue(library.settings.home)
    for source_id in added:
        queue.request(source_id)
    click.echo(
        ngettext(
            "%(num)s sample session was added. The worker processes it.",
            "%(num)s sample sessions were added. The worker processes them.",
            len(added),
        )
    )
    if wait:
        _wait(library)


def _wait(library: Library) -> None:
    """Wait until no source is pending or being processed.

    A worker for the home folder is started whenever none is running.
    """
    code = 0
    while True:
        if worker_lock.is_free(library.settings.home):
            code = start_worker(library.settings, "--until-idle", after=code).wait()
        with library.reading() as db:
            if not jobs.unfinished(db) and not jobs.any_leased(db):
                return
        time.sleep(LOOK_EVERY)


@sample.command()
@click.pass_obj
def remove(home: Path | None) -> None:
    """Remove the sample library."""
    click.echo(
        ngettext(
            "%(num)s sample session was removed.",
            "%(num)s sample sessions were removed.",
            sample_library.remove(library_for(home)),
        )
    )
