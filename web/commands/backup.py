"""Commands `living-history backup` and `living-history restore`."""

from pathlib import Path

import click

from library.capture import quota
from library.preservation import backup as backing
from library.preservation import backup_folders
from library.preservation import restore as restoring
from library.translation import ngettext
from web.commands.open_library import library_for, settings_for
from web.commands.progress import bars

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@FILE
@click.option("--without-keys", is_flag=True, help="Exclude the keys (see docs/admin.md).")
@click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    help="Delete older backups of this library from the folder of FILE. 0 keeps only FILE. "
    "Default: LIVING_HISTORY_BACKUP_KEEP_DAYS.",
)
@click.pass_obj
def backup(home: Path | None, file: Path, *, without_keys: bool, keep_days: int | None) -> None:
    """Write a backup of the library to a new FILE. The library may be in use.

    The command fails if files of the library are missing.
    """
    library = library_for(home)
    with bars("Writing the backup") as progress:
        made = backing.back_up(library, file, keys=not without_keys, progress=progress)
    click.echo(
        ngettext(
            "%(num)s file (%(size)s) was written to %(file)s",
            "%(num)s files (%(size)s) were written to %(file)s",
            made.entries,
            size=quota.in_words(made.size),
            file=file,
        )
    )
    if made.missing:
        for name in made.missing:
            click.echo(f"  {name} is missing from the library and from the backup.")
        click.echo("Older backups are kept, because this one is incomplete.")
        raise click.exceptions.Exit(1)
    days = library.settings.backup_keep_days if keep_days is None else keep_days
    if keep_days is not None or days:
        unnamed = keep_days is not None
        for path in backup_folders.remove_older(library, file, days, unnamed=unnamed):
            click.echo(
                ngettext(
                    "  %(path)s was older than %(num)s day and is removed.",
                    "  %(path)s was older than %(num)s days and is removed.",
                    days,
                    path=path,
                )
            )


@click.command()
@FILE
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--removals",
    "records",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="The newest removals.jsonl, if it is neither beside the backup nor in the library.",
)
@click.pass_obj
def restore(home: Path | None, file: Path, folder: Path, records: tuple[Path, ...]) -> None:
    """Restore the backup FILE to the empty FOLDER, and list damaged files.

    Data that was removed after the backup was made is removed again.
    """
    present = settings_for(home).home
    with bars("Restoring") as progress:
        restored = restoring.restore(file, folder, records=records, home=present, progress=progress)
    click.echo(
        ngettext(
            "%(num)s file was restored to %(folder)s.",
            "%(num)s files were restored to %(folder)s.",
            restored.entries,
            folder=folder,
        )
    )
    _say_removals(restored)
    if restored.damage:
        for damage in restored.damage:
            click.echo(f"  {damage.sentence}\n    {damage.name}")
        click.echo(f"Readable parts of these files are in {folder / restoring.ASIDE}.")
        raise click.exceptions.Exit(1)


def _say_removals(restored: restoring.Restored) -> None:
    """Print which removals the restore repeated, and from which time on removals are unknown."""
    if count := restored.repeated.removals:
        click.echo(
            ngettext(
                "%(num)s removal that is newer than the backup was repeated.",
                "%(num)s removals that are newer than the backup were repeated.",
                count,
            )
        )
    for number in restored.repeated.hidden:
        click.echo(
            f"Session {number} was moved to the trash. Words of its note were taken off the record "
            "after the backup, and cannot be found without the key. Copy the file receipt_key of "
            "the former library into an empty folder and restore again."
        )
    if restored.damaged_lines:
        click.echo(
            ngettext(
                "%(num)s line of the removal record cannot be read. Its removal was not repeated.",
                "%(num)s lines of the removal record cannot be read. Their removals were not "
                "repeated.",
                restored.damaged_lines,
            )
        )
    click.echo(
        f"Removals after {restored.unknown_from:%Y-%m-%d %H:%M} UTC are unknown. If there is a "
        "newer removals.jsonl, in the former library or beside a later backup, restore again with "
        "--removals."
    )
