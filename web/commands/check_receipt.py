"""`living-history check-receipt`: is what was taken back truly gone?"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from library.access import GUEST
from library.consent import receipts
from library.errors import InvalidInputError
from library.holdings import passages
from library.store import Library, Transaction
from library.voices import voice_consent
from library.withdrawal import leaving
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
    """Look everywhere for what the receipt in FILE says is gone; fails when something is found."""
    content, library = _read(file), library_for(home)
    if (check := ABOUT_PEOPLE.get(_kind(content))) is not None:
        _say(library, content, *check)
        return
    with library.reading() as db:
        objections = list(receipts.objections(db, content))
    objections += _asked(library, content)
    for sentence in objections:
        click.echo(sentence)
    if objections:
        raise click.exceptions.Exit(1)
    click.echo(f"The receipt holds: nothing of session {content['session']} is left for others.")


def _say(library: Library, content: dict[str, Any], check: Check, holds: str) -> None:
    """Check a receipt that is about a person, and say that it *holds*, or why not."""
    with library.reading() as db:
        objections = list(check(db, content))
    for sentence in objections:
        click.echo(sentence)
    if objections:
        raise click.exceptions.Exit(1)
    click.echo(f"The receipt holds: person {content['person']} {holds}")


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
