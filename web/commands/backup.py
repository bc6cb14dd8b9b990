"""`living-history backup` and `restore`: the whole library in one file, and out of it again."""

from pathlib import Path

import click

from library.capture import quota
from library.keeping import backup as backing
from library.keeping import beside_backups, restoring
from web.commands.keeping_progress import bars
from web.commands.opening import library_for, settings_for

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@FILE
@click.option("--without-keys", is_flag=True, help="Leave out the keys (see docs/admin.md).")
@click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    help="Remove older backups of this library from the folder of FILE; 0 keeps FILE alone. "
    "Default: LIVING_HISTORY_BACKUP_KEEP_DAYS.",
)
@click.pass_obj
def backup(home: Path | None, file: Path, *, without_keys: bool, keep_days: int | None) -> None:
    """Write the whole library to a new FILE, while it is in use; fails when files are missing."""
    library = library_for(home)
    with bars("Writing the backup") as progress:
        made = backing.back_up(library, file, keys=not without_keys, progress=progress)
    click.echo(f"{made.entries} files, {quota.in_words(made.size)}, in {file}")
    if made.missing:
        for name in made.missing:
            click.echo(f"  {name} is missing from the library, so it is not in the backup.")
        click.echo("Older backups are kept, because this one is not whole.")
        raise click.exceptions.Exit(1)
    days = library.settings.backup_keep_days if keep_days is None else keep_days
    if keep_days is not None or days:
        unnamed = keep_days is not None
        for path in beside_backups.remove_older(library, file, days, unnamed=unnamed):
            click.echo(f"  {path} was older than {days} days and is removed.")


@click.command()
@FILE
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--removals",
    "records",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="The newest removals.jsonl, where it is neither beside the backup nor in the library.",
)
@click.pass_obj
def restore(home: Path | None, file: Path, folder: Path, records: tuple[Path, ...]) -> None:
    """Make the library of the backup FILE in the empty FOLDER; names what is damaged.

    What was removed after the backup was made is removed again.
    """
    present = settings_for(home).home
    with bars("Restoring") as progress:
        restored = restoring.restore(file, folder, records=records, home=present, progress=progress)
    click.echo(f"{restored.entries} files are restored to {folder}.")
    _say_removals(restored)
    if restored.damage:
        for damage in restored.damage:
            click.echo(f"  {damage.sentence}\n    {damage.name}")
        click.echo(f"What could be read of these is in {folder / restoring.ASIDE}.")
        raise click.exceptions.Exit(1)


def _say_removals(restored: restoring.Restored) -> None:
    """Say what was removed again, and from when on nothing is known of removals."""
    if count := restored.repeated.removals:
        click.echo(f"{count} removals that are newer than the backup were repeated.")
    for number in restored.repeated.hidden:
        click.echo(
            f"Session {number} is in the trash: words of its note were put off the record after "
            "the backup, and cannot be found without the key. Restore again, with the file "
            "receipt_key of the former library in the empty folder."
        )
    if restored.damaged_lines:
        click.echo(f"{restored.damaged_lines} lines of the removal record cannot be read.")
    click.echo(
        f"Removals after {restored.unknown_from:%Y-%m-%d %H:%M} UTC are unknown. If there is a "
        "newer removals.jsonl, in the former library or beside a later backup, restore again with "
        "--removals."
    )
