"""Commands `living-history export` and `import`: copy sessions to another library."""

from pathlib import Path

import click

from library.capture import quota
from library.preservation import export_library, import_library
from library.queue import WorkQueue
from library.translation import ngettext
from web.commands.open_library import library_for
from web.commands.progress import counted

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("export")
@FILE
@click.pass_obj
def export(home: Path | None, file: Path) -> None:
    """Export all sessions to a new FILE. Libraries of later versions can import it."""
    made = export_library.export(library_for(home), file)
    click.echo(
        ngettext(
            "%(num)s file (%(size)s) was written to %(file)s",
            "%(num)s files (%(size)s) were written to %(file)s",
            made.entries,
            size=quota.in_words(made.size),
            file=file,
        )
    )
    for name in made.missing:
        click.echo(f"  {name} is missing from the library and from the export.")
    if made.missing:
        raise click.exceptions.Exit(1)


@click.command("import")
@FILE
@click.pass_obj
def bring_in(home: Path | None, file: Path) -> None:
    """Import the sessions of an export. Sessions that the library already has are not changed."""
    library = library_for(home)
    with counted("Importing sessions") as report:
        imported = import_library.bring_in(library, file, report)
    queue = WorkQueue(library.settings.home)
    for source_id in imported.source_ids:
        queue.request(source_id)
    queue.close()
    click.echo(
        ngettext(
            "%(num)s session was imported. The worker makes it searchable.",
            "%(num)s sessions were imported. The worker makes them searchable.",
            imported.sessions,
        )
    )
    if imported.known:
        click.echo(
            ngettext(
                "%(num)s session was in the library already and is not changed.",
                "%(num)s sessions were in the library already and are not changed.",
                imported.known,
            )
        )
    if imported.damage:
        for name in imported.damage:
            click.echo(f"  {name} is damaged. Its session was imported without it.")
        raise click.exceptions.Exit(1)
