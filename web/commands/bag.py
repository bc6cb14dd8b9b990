"""Commands `living-history bag session` and `bag collection`: BagIt packages (RFC 8493)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import click

from library import working_folders
from library.access import Viewer
from library.accounts.people import account, viewer_of
from library.errors import InvalidInputError
from library.store import Library
from library.translation import ngettext
from web.commands.open_library import OPERATOR, library_for
from web.publishing.standards import bags
from web.publishing.standards.bags import BagContent

OUT = click.argument("out", type=click.Path(path_type=Path))
FOR = click.option("--for", "person", type=int, help="Pack only what this account id may see.")


@click.group()
def bag() -> None:
    """Pack sessions with audio, transcripts and an offline search page, as a BagIt bag.

    OUT is a new folder, or a new file that ends in .zip.
    """


@bag.command()
@click.argument("number", type=int)
@OUT
@FOR
@click.pass_obj
def session(home: Path | None, number: int, out: Path, person: int | None) -> None:
    """Pack the session with the id NUMBER."""
    _pack(library_for(home), out, person, bags.of_session, number)


@bag.command()
@click.argument("number", type=int)
@OUT
@FOR
@click.pass_obj
def collection(home: Path | None, number: int, out: Path, person: int | None) -> None:
    """Pack all sessions of the collection with the id NUMBER."""
    _pack(library_for(home), out, person, bags.of_collection, number)


def _pack(
    library: Library,
    out: Path,
    person: int | None,
    choose: Callable[[Library, Viewer, int], BagContent],
    number: int,
) -> None:
    chosen = choose(library, _viewer(library, person), number)
    if out.suffix != ".zip":
        bags.pack(chosen, out.resolve())
    elif out.exists() and out.stat().st_size:
        raise InvalidInputError("%(path)s already exists. Name a new file for the bag.", path=out)
    else:
        with working_folders.folder(out.resolve().parent, working_folders.BAG) as place:
            bags.pack(chosen, place / out.stem)
            shutil.make_archive(str(out.resolve().with_suffix("")), "zip", place, out.stem)
    click.echo(
        ngettext(
            "%(num)s session was packed in %(out)s",
            "%(num)s sessions were packed in %(out)s",
            len(chosen.session_ids),
            out=out,
        )
    )


def _viewer(library: Library, person: int | None) -> Viewer:
    if person is None:
        return OPERATOR
    with library.reading() as db:
        return viewer_of(account(db, person))
