"""Command `living-history status`: contents and unfinished work of a library."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from library.models import State
from library.sessions import jobs, passages, sessions
from library.weights import embedding_weights
from web.commands.open_library import OPERATOR, library_for


@click.command()
@click.pass_obj
def status(home: Path | None) -> None:
    """Show the number of sessions and passages, and the unfinished work."""
    library = library_for(home)
    model = embedding_weights(library.settings).name
    with library.reading() as db:
        searchable, total = sessions.coverage(db, OPERATOR)
        count, embedded = passages.counts(db, model=model)
        work = [s for s in jobs.visible(db, OPERATOR) if s.state is not State.READY]
    table = Table(show_header=False, box=None)
    table.add_row("Library", str(library.settings.home.resolve()))
    table.add_row("Sessions", f"{searchable} of {total} searchable")
    table.add_row("Passages", f"{count}, {embedded} embedded by {model}")
    table.add_row("Work", f"{len(work)} unfinished" if work else "all done")
    for source in work:
        state = source.error or f"{source.activity or source.state.value} {source.progress:.0%}"
        table.add_row("", f"{source.filename}: {state}")
    Console().print(table)
