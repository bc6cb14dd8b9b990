"""Entry point of the readers: recognise a file by its content, check its size, and read it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.readers import sandbox
from ingest.readers.document import Written
from ingest.readers.formats import FORMATS, Format
from ingest.readers.text_limits import bounded
from library.capture.file_signatures import HEAD
from library.errors import InvalidInputError


def read(path: Path, filename: str, *, note: bool, alive: Callable[[], None]) -> Written:
    """Read a note or a transcript into segments.

    Args:
        path: Path of the stored file.
        filename: Name of the file as uploaded, for messages.
        note: True for a note, False for a transcript.
        alive: Heartbeat, called while a file is read in the sandbox. May raise to stop.

    Raises:
        InvalidInputError: The file cannot be read, or needs too much memory or time.
    """
    form = format_of(path, note=note)
    if path.stat().st_size > form.largest:
        raise InvalidInputError(
            "%(filename)s is larger than %(mib)s MiB, the limit for this format. "
            "Cut it into parts, or save its words as plain text.",
            filename=filename,
            mib=form.largest // 2**20,
        )
    written = _read(form, path, filename, alive)
    return replace(written, segments=bounded(written.segments, filename))


def _read(form: Format, path: Path, filename: str, alive: Callable[[], None]) -> Written:
    if path.stat().st_size > form.harmless:
        return sandbox.read(form.name, path, filename, alive)
    try:
        return form.read(path.read_bytes(), filename)
    except RecursionError as error:
        raise InvalidInputError(
            "%(filename)s is nested too deeply to be read. Save its words as plain text.",
            filename=filename,
        ) from error


def format_of(path: Path, *, note: bool) -> Format:
    """Return the format of a file, recognised by its first bytes and not by its name."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return next(form for form in FORMATS if form.notes is note and form.recognises(head))
