"""Command `living-history check-receipt`: verify that removed data no longer exists."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from library.access import GUEST
from library.consent import receipts
from library.errors import InvalidInputError
from library.preservation import integrity
from library.removal import account_deletion, remaining_bytes, removal_receipts
from library.removal.compaction import finish_now
from library.sessions import passages
from library.speakers import recognition_consent
from library.store import Library, Transaction
from search.engine import Engine
from search.forget import forget as forget_passages
from search.forget import holds_any
from search.text.analyzer import words
from web.commands.open_library import library_for

Check = Callable[[Transaction, dict[str, Any]], Iterator[str]]

ABOUT_PEOPLE: dict[str, tuple[Check, str]] = {
    account_deletion.KIND: (account_deletion.objections, "has no account and no data here."),
    recognition_consent.KIND: (recognition_consent.objections, "has no voice print here."),
}
WORDS = 12  # first words of each passage, used as a search query


@click.command("check-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def check_receipt(home: Path | None, file: Path) -> None:
    """Verify that the data listed in the receipt FILE no longer exists in the library.

    Pending removals from the disk are finished first. The command fails if data is found.
    """
    content, library = _read(file), library_for(home)
    library.forget_passages = partial(forget_passages, library.settings)
    if (about := ABOUT_PEOPLE.get(_kind(content))) is not None:
        check, rest = about
        objections = list(_of_person(library, content, check))
        confirmed = f"person {content['person']} {rest}"
    elif _kind(content) == removal_receipts.KIND:
        finish_now(library)
        objections = list(_left(library, content))
        confirmed = f"nothing of what was removed from session {content['session']} is left."
    else:
        with library.reading() as db:
            objections = list(receipts.objections(db, content))
        objections += _asked(library, content)
        confirmed = f"other people can no longer find session {content['session']}."
    for sentence in objections:
        click.echo(sentence)
    if objections:
        raise click.exceptions.Exit(1)
    click.echo(f"The receipt is confirmed: {confirmed}")


def _of_person(library: Library, content: dict[str, Any], check: Check) -> Iterator[str]:
    """Yield a sentence for each part of a deleted account or voice print that still exists.

    *content* is the content of the receipt. *check* is the function for its kind of receipt.
    """
    if "removal" in content:  # receipts of earlier versions do not cover the disk
        finish_now(library)
    with library.reading() as db:
        yield from check(db, content)
        if "removal" in content:
            yield from removal_receipts.unfinished(db, content)


def _left(library: Library, content: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each trace of data that the receipt *content* lists as removed.

    Traces are database rows, bytes in files, and index entries.
    """
    with library.reading() as db:
        yield from removal_receipts.objections(db, content)
        ids = removal_receipts.passage_ids(db, content)
    yield from remaining_bytes.of_receipt(library, content.get("removal"))
    yield from integrity.orphans(library)
    if ids and holds_any(library.settings, ids):
        yield "The search index on the disk still holds removed passages."


def _read(file: Path) -> dict[str, Any]:
    """Return the receipt in *file*.

    Raises:
        InvalidInputError: The file is not JSON or not a receipt of this library.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise InvalidInputError(
            "%(file)s cannot be read as JSON. Name the JSON file of a receipt.", file=file.name
        ) from error
    about = "person" if _kind(content) in ABOUT_PEOPLE else "session"
    if not isinstance(content, dict) or not isinstance(content.get(about), int):
        raise InvalidInputError(
            "%(file)s is not a receipt of this library. Name the JSON file of a receipt.",
            file=file.name,
        )
    return content


def _kind(content: Any) -> str:
    return str(content.get("receipt", "")) if isinstance(content, dict) else ""


def _asked(library: Library, content: dict[str, Any]) -> Iterator[str]:
    """Check a receipt of withdrawn consent: search as a guest for each passage of its session.

    Yields one sentence if a search for the first words of a passage finds the session.
    """
    engine, session_id = Engine(library, None), content["session"]
    with library.reading() as db:
        texts = passages.texts_of_session(db, session_id)
    for text in texts:
        question = " ".join(words(text)[:WORDS])  # without signs that search reads as operators
        found = engine.search(question, GUEST, limit=50)
        if any(hit.session_id == session_id for hit in found.hits):
            yield f"A search finds session {session_id}."
            return
