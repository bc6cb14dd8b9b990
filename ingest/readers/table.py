"""One door to all formats: a file is recognised by its content, bounded, and read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.readers import confined
from ingest.readers.formats import FORMATS, Format
from ingest.readers.lengths import bounded
from ingest.readers.written import Written
from library.editing.signatures import HEAD
from library.errors import InvalidInputError


def read(path: Path, filename: str, *, note: bool, alive: Callable[[], None]) -> Written:
    """What is written in the file at *path*.

    Args:
        path: where its bytes lie.
        filename: how its owner called it; for sentences.
        note: whether it was taken for a note, not for a transcript.
        alive: called now and then while it is read; may raise to stop.

    Raises:
        InvalidInputError: it cannot be read, or not within the bounds of memory and time.
    """
    form = format_of(path, note=note)
    if path.stat().st_size > form.largest:
        raise InvalidInputError(
            f"{filename} is larger than {form.largest // 2**20} MiB, far more than words need. "
            "Cut it into parts, or save its words as plain text."
        )
    written = _read(form, path, filename, alive)
    return replace(written, segments=bounded(written.segments, filename))


def _read(form: Format, path: Path, filename: str, alive: Callable[[], None]) -> Written:
    if path.stat().st_size > form.harmless:
        return confined.read(form.name, path, filename, alive)
    try:
        return form.read(path.read_bytes(), filename)
    except RecursionError as error:
        raise InvalidInputError(f"{filename} is nested too deeply to be read.") from error


def format_of(path: Path, *, note: bool) -> Format:
    """The format that a file is written in; by its content alone."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return next(form for form in FORMATS if form.notes is note and form.recognises(head))
