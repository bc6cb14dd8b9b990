"""Command `living-history ingest`: add files as sessions and show the progress."""

import subprocess
import time
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from library.capture import intake
from library.capture.file_types import kind_of
from library.capture.quota import check_size
from library.errors import LibraryError
from library.files import pieces_of
from library.models import Form, SourceKind, State, Visibility
from library.sessions import jobs, sources
from library.sessions.description import Description
from library.store import Library
from web.commands.open_library import OPERATOR, library_for
from web.commands.processes import start_worker

PATIENCE = 4.0  # seconds to wait for a running worker to take a lease, before a worker is started
OVER = {State.READY, State.FAILED, State.CANCELLED}


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--title", help="Title of the session. Default: from the file name.")
@click.option("--date", "held_on", type=click.DateTime(["%Y-%m-%d"]), help="Date of the session.")
@click.option("--form", type=click.Choice([f.value for f in Form]), help="Type of session.")
@click.option("--language", default="", help="Spoken language, such as en. Default: detected.")
@click.option(
    "--visibility",
    type=click.Choice([v.value for v in Visibility]),
    default="participants",
    show_default=True,
    help="Visibility of the session.",
)
@click.option("--again", is_flag=True, help="Add files even if the library already has them.")
@click.pass_obj
def ingest(
    home: Path | None,
    files: tuple[Path, ...],
    *,
    title: str | None,
    held_on: datetime | None,
    form: str | None,
    language: str,
    visibility: str,
    again: bool,
) -> None:
    """Add recordings, notes and transcripts, each file as a separate session.

    Exception: a recording and a transcript with the same name, such as talk.mp3 and talk.vtt,
    together become one session.
    """
    console, library = Console(), library_for(home)
    added: dict[int, Path] = {}
    refused = 0
    for together in intake.belonging_together(files):
        described = Description(
            title=title or together[0].stem.replace("_", " ").replace("-", " ").capitalize(),
            held_on=held_on.date() if held_on else None,
            language=language,
            form=Form(form) if form else _usual_form(together[0]),
            visibility=Visibility(visibility),
        )
        stored: list[intake.KeptFile] = []
        try:
            stored.extend(_keep(library, path) for path in together)
            one = intake.create_session(library, OPERATOR, described, stored, again=again)
        except LibraryError as error:
            intake.discard(library, stored)
            console.print(f"{together[0].name}: {error}")
            refused += 1
            continue
        added.update(dict.fromkeys(one.source_ids, together[0]))
    failed = _watch(library, added, console)
    if failed or refused:
        raise click.exceptions.Exit(1)


def _usual_form(path: Path) -> Form:
    return Form.NOTE if kind_of(path.name) is SourceKind.NOTE else Form.ONE_TO_ONE


def _keep(library: Library, path: Path) -> intake.KeptFile:
    check_size(library.settings, library.files, path.stat().st_size)
    with path.open("rb") as stream:
        return intake.keep(library, path.name, pieces_of(stream))


def _watch(library: Library, added: dict[int, Path], console: Console) -> int:
    """Show the progress until all jobs have ended. Return how many failed or were cancelled.

    *added* contains the added file of each source id. A worker is started if none is running.
    """
    worker: subprocess.Popen[bytes] | None = None
    looked, failed = time.monotonic(), 0
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console) as bars:
        tasks = {i: bars.add_task(path.name, total=1.0) for i, path in added.items()}
        while tasks:
            time.sleep(0.3)
            with library.reading() as db:
                rows = {i: sources.get(db, i) for i in tasks}
                working = jobs.any_leased(db)
            for source_id, row in rows.items():
                name = added[source_id].name
                bars.update(
                    tasks[source_id],
                    completed=row.progress,
                    description=f"{name}: {row.activity or row.state.value}",
                )
                if row.state in OVER:
                    del tasks[source_id]
                    failed += row.state is not State.READY
                    if row.error:
                        bars.print(f"{name}: {row.error}")
            if worker is not None and worker.poll() is None:
                continue
            if tasks and not working and time.monotonic() - looked > PATIENCE:
                after = 0 if worker is None else worker.returncode
                worker = start_worker(library.settings, "--until-idle", after=after)
                looked = time.monotonic()
    if worker is not None:
        worker.wait()
    return failed
