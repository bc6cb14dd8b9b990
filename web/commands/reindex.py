"""`living-history reindex`: embed what the present model has not embedded yet."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from web.commands.opening import library_for


@click.command()
@click.pass_obj
def reindex(home: Path | None) -> None:
    """Embed every passage with the present model; can be stopped and continued."""
    from search.embed import open_embedder
    from search.reindex import reindex as embed_missing

    library, console = library_for(home), Console()
    embedder = open_embedder(library.settings)
    with Progress(console=console) as bars:
        task = bars.add_task(f"Embedding with {embedder.model}", total=None)
        done = embed_missing(
            library,
            embedder,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )
    console.print(f"{done} passages embedded; all are searchable by {embedder.model}.")
