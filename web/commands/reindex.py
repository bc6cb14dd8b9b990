"""Command `living-history reindex`: embed passages that have no vector of the current model."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from library.translation import ngettext
from web.commands.open_library import library_for


@click.command()
@click.pass_obj
def reindex(home: Path | None) -> None:
    """Embed every passage with the current model. Can be stopped and continued."""
    from search.embedding.embedder import open_embedder
    from search.indexing.reindex import reindex as embed_missing

    library, console = library_for(home), Console()
    embedder = open_embedder(library.settings)
    with Progress(console=console) as bars:
        task = bars.add_task(f"Embedding with {embedder.model}", total=None)
        done = embed_missing(
            library,
            embedder,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )
    console.print(
        ngettext(
            "%(num)s passage was embedded. All passages are searchable by %(model)s.",
            "%(num)s passages were embedded. All are searchable by %(model)s.",
            done,
            model=embedder.model,
        )
    )
