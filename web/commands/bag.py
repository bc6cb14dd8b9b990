"""`living-history bag session | collection`: sessions packed to be kept anywhere (RFC 8493)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import click

from library import making
from library.access import Viewer
from library.accounts.people import account, viewer_of
from library.errors import InvalidInputError
from library.store import Library
from web.commands.opening import OPERATOR, library_for
from web.standards import bags
from web.standards.bags import Bagging

OUT = click.argument("out", type=click.Path(path_type=Path))
FOR = click.option("--for", "person", type=int, help="Only what this account may see (its number).")


@click.group()
def bag() -> None:
    """Pack sessions with sound, words and a page that searches them, as a BagIt bag.

    OUT is a new folder, or a file that ends in .zip.
    """


@bag.command()
@click.argument("number", type=int)
@OUT
@FOR
@click.pass_obj
def session(home: Path | None, number: int, out: Path, person: int | None) -> None:
    """Pack the session with this number."""
    _pack(library_for(home), out, person, bags.of_session, number)


@bag.command()
@click.argument("number", type=int)
@OUT
@FOR
@click.pass_obj
def collection(home: Path | None, number: int, out: Path, person: int | None) -> None:
    """Pack the sessions of the collection with this number."""
    _pack(library_for(home), out, person, bags.of_collection, number)


def _pack(
    library: Library,
    out: Path,
    person: int | None,
    choose: Callable[[Library, Viewer, int], Bagging],
    number: int,
) -> None:
    chosen = choose(library, _viewer(library, person), number)
    if out.suffix != ".zip":
        bags.pack(chosen, out.resolve())
    elif out.exists() and out.stat().st_size:
        raise InvalidInputError(f"{out} exists already. Name a new file for the bag.")
    else:
        with making.folder(out.resolve().parent, making.BAG) as place:
            bags.pack(chosen, place / out.stem)
            shutil.make_archive(str(out.resolve().with_suffix("")), "zip", place, out.stem)
    click.echo(f"{len(chosen.session_ids)} packed in {out}")


def _viewer(library: Library, person: int | None) -> Viewer:
    if person is None:
        return OPERATOR
    with library.reading() as db:
        return viewer_of(account(db, person))
