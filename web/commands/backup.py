"""`living-history backup` and `restore`: the whole library in one file, and out of it again."""

from pathlib import Path

import click

from library.capture import quota
from library.keeping import backup as backing
from library.keeping import restoring
from web.commands.keeping_progress import bars
from web.commands.opening import library_for

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@FILE
@click.option("--without-keys", is_flag=True, help="Leave out the keys (see docs/admin.md).")
@click.pass_obj
def backup(home: Path | None, file: Path, *, without_keys: bool) -> None:
    """Write the whole library to a new FILE, while it is in use; fails when files are missing."""
    library = library_for(home)
    with bars("Writing the backup") as progress:
        made = backing.back_up(library, file, keys=not without_keys, progress=progress)
    click.echo(f"{made.entries} files, {quota.in_words(made.size)}, in {file}")
    if made.missing:
        for name in made.missing:
            click.echo(f"  {name} is missing from the library, so it is not in the backup.")
        raise click.exceptions.Exit(1)


@click.command()
@FILE
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def restore(file: Path, folder: Path) -> None:
    """Make the library of the backup FILE in the empty FOLDER; names what is damaged."""
    with bars("Restoring") as progress:
        restored = restoring.restore(file, folder, progress=progress)
    click.echo(f"{restored.entries} files are restored to {folder}.")
    if restored.damage:
        for damage in restored.damage:
            click.echo(f"  {damage.sentence}\n    {damage.name}")
        click.echo(f"What could be read of these is in {folder / restoring.ASIDE}.")
        raise click.exceptions.Exit(1)
