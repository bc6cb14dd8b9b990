"""`living-history check-receipt`: is what was taken back truly gone?"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from library.access import GUEST
from library.consent import receipts
from library.errors import InvalidInputError
from library.holdings import passages
from library.keeping import looking
from library.store import Library, Transaction
from library.voices import voice_consent
from library.withdrawal import leaving, remaining, removed
from library.withdrawal.compaction import finish_now
from search import kept
from search.engine import Engine
from web.commands.opening import library_for

Check = Callable[[Transaction, dict[str, Any]], Iterator[str]]

ABOUT_PEOPLE: dict[str, tuple[Check, str]] = {
    leaving.KIND: (leaving.objections, "has no account and nothing here."),
    voice_consent.KIND: (voice_consent.objections, "has no voice print here."),
}
WORDS = 12  # of each passage, that are asked for


@click.command("check-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def check_receipt(home: Path | None, file: Path) -> None:
    """Look everywhere for what the receipt in FILE says is gone; fails when something is found.

    What the worker has yet to remove from the disk is removed first.
    """
    content, library = _read(file), library_for(home)
    library.forget_passages = partial(kept.forget, library.settings)
    if (about := ABOUT_PEOPLE.get(_kind(content))) is not None:
        check, rest = about
        objections = list(_of_person(library, content, check))
        holds = f"person {content['person']} {rest}"
    elif _kind(content) == removed.KIND:
        finish_now(library)
        objections = list(_left(library, content))
        holds = f"nothing of what was removed from session {content['session']} is left."
    else:
        with library.reading() as db:
            objections = list(receipts.objections(db, content))
        objections += _asked(library, content)
        holds = f"nothing of session {content['session']} is left for others."
    for sentence in objections:
        click.echo(sentence)
    if objections:
        raise click.exceptions.Exit(1)
    click.echo(f"The receipt holds: {holds}")


def _of_person(library: Library, content: dict[str, Any], check: Check) -> Iterator[str]:
    """Say what is left of an account or a voice, and what has yet to go from the disk."""
    if "removal" in content:  # receipts of earlier versions promise nothing about the disk
        finish_now(library)
    with library.reading() as db:
        yield from check(db, content)
        if "removal" in content:
            yield from removed.unfinished(db, content)


def _left(library: Library, content: dict[str, Any]) -> Iterator[str]:
    """Say what is left of what was removed: rows, its bytes in any file, the index."""
    with library.reading() as db:
        yield from removed.objections(db, content)
        ids = removed.passage_ids(db, content)
    yield from remaining.of_receipt(library, content.get("removal"))
    yield from looking.orphans(library)
    if ids and kept.holds_any(library.settings, ids):
        yield "The index on the disk holds passages of it."


def _read(file: Path) -> dict[str, Any]:
    """The receipt.

    Raises:
        InvalidInputError: the file holds none.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise InvalidInputError(f"{file.name} cannot be read as JSON.") from error
    about = "person" if _kind(content) in ABOUT_PEOPLE else "session"
    if not isinstance(content, dict) or not isinstance(content.get(about), int):
        raise InvalidInputError(f"{file.name} is not a receipt of this library.")
    return content


def _kind(content: Any) -> str:
    return str(content.get("receipt", "")) if isinstance(content, dict) else ""


def _asked(library: Library, content: dict[str, Any]) -> Iterator[str]:
    """Ask search and suggestions for the session's own words, as somebody without an account."""
    engine, session_id = Engine(library, None), content["session"]
    with library.reading() as db:
        texts = passages.texts_of_session(db, session_id)
    for text in texts:
        words = " ".join(text.split()[:WORDS])
        found = engine.search(words, GUEST, limit=50)
        if any(hit.session_id == session_id for hit in found.hits):
            yield f"A search finds session {session_id}."
            return
