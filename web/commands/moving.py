"""`living-history export` and `import`: sessions from one library into another."""

from pathlib import Path

import click

from library.capture import quota
from library.keeping import exporting, importing
from library.queue import WorkQueue
from web.commands.keeping_progress import counted
from web.commands.opening import library_for

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("export")
@FILE
@click.pass_obj
def export(home: Path | None, file: Path) -> None:
    """Write all sessions to a new FILE for another library, also one of a later version."""
    made = exporting.export(library_for(home), file)
    click.echo(f"{made.entries} files, {quota.in_words(made.size)}, in {file}")
    for name in made.missing:
        click.echo(f"  {name} is missing from the library, so it is not in the export.")
    if made.missing:
        raise click.exceptions.Exit(1)


@click.command("import")
@FILE
@click.pass_obj
def bring_in(home: Path | None, file: Path) -> None:
    """Bring the sessions of an export into the library; what is here already stays as it is."""
    library = library_for(home)
    with counted("Bringing in") as told:
        imported = importing.bring_in(library, file, told)
    queue = WorkQueue(library.settings.home)
    for source_id in imported.source_ids:
        queue.request(source_id)
    queue.close()
    click.echo(f"{imported.sessions} sessions came in; the worker makes them searchable.")
    if imported.known:
        click.echo(f"{imported.known} were here already and stay as they are.")
    if imported.damage:
        for name in imported.damage:
            click.echo(f"  {name} is damaged, so its session comes without it.")
        raise click.exceptions.Exit(1)
