"""`living-history ingest FILE…`: add files and watch them being taken in."""

import subprocess
import time
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from library import intake, sessions, sources
from library.files import pieces_of
from library.models import Form, SourceKind, State, Visibility
from library.queue import WorkQueue
from library.store import Library
from web.commands.opening import OPERATOR, library_for, start_worker

OVER = {State.READY, State.FAILED, State.CANCELLED}


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--title", help="Title of the session; by default made from the file's name.")
@click.option("--date", "held_on", type=click.DateTime(["%Y-%m-%d"]), help="When it was held.")
@click.option("--form", type=click.Choice([f.value for f in Form]), help="Form of mentoring.")
@click.option("--language", default="", help="Language spoken, such as en; empty: found out.")
@click.option(
    "--visibility",
    type=click.Choice([v.value for v in Visibility]),
    default="private",
    show_default=True,
    help="Who may find it.",
)
@click.option("--again", is_flag=True, help="Add files that are in the library already.")
@click.pass_obj
def ingest(home: Path | None, files: tuple[Path, ...], *, again: bool, **about: object) -> None:
    """Add recordings, notes and transcripts, each as a session of its own."""
    console, library = Console(), library_for(home)
    added: dict[int, Path] = {}
    for path in files:
        if source_id := _add(library, path, console, again=again, **about):  # type: ignore[arg-type]
            added[source_id] = path
    if added:
        failed = _watch(library, added, console)
        if failed:
            raise click.exceptions.Exit(1)


def _add(
    library: Library,
    path: Path,
    console: Console,
    *,
    again: bool,
    title: str | None,
    held_on: date | None,
    form: str | None,
    language: str,
    visibility: str,
) -> int | None:
    kind = intake.kind_of(path.name)
    with path.open("rb") as stream:
        sha256, size = library.files.keep(pieces_of(stream))
    with library.reading() as db:
        known = sources.visible_by_hash(db, OPERATOR, sha256)
        if known is not None and not again:
            console.print(f"{path.name} is in the library already: session {known.session_id}.")
            return None
    default_form = Form.NOTE if kind is SourceKind.NOTE else Form.ONE_TO_ONE
    with library.transaction() as db:
        session = sessions.add(
            db,
            sessions.Description(
                title=title or intake.title_from(path.name),
                held_on=held_on,
                language=language,
                form=Form(form) if form else default_form,
                visibility=Visibility(visibility),
            ),
            owner_id=None,
        )
        source = sources.add(db, session, kind=kind, filename=path.name, sha256=sha256, size=size)
    WorkQueue(library.settings.home).request(source.id)
    return source.id


def _watch(library: Library, added: dict[int, Path], console: Console) -> int:
    """Show how far the work is until it is over; a running worker does it, else one is started."""
    worker: subprocess.Popen[bytes] | None = None
    started, failed = time.monotonic(), 0
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console) as bars:
        tasks = {i: bars.add_task(path.name, total=1.0) for i, path in added.items()}
        while tasks:
            time.sleep(0.3)
            with library.reading() as db:
                rows = {i: sources.get(db, i) for i in tasks}
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
            idle = all(row.state is State.WAITING for row in rows.values())
            if worker is None and idle and time.monotonic() - started > 2:
                worker = start_worker(library.settings, "--until-idle")
    if worker is not None:
        worker.wait()
    return failed
