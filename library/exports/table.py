"""The formats that words are written out in: one table for pages, API and command line."""

from collections.abc import Callable
from dataclasses import dataclass

from library.errors import InvalidInputError, NotFoundError
from library.exports import markdown, ohms, plaintext, spoken_json, subrip, webvtt, word
from library.exports.manuscript import Manuscript


@dataclass(frozen=True, kw_only=True)
class Export:
    """A format: `ending` stands in addresses and names the file."""

    ending: str
    label: str
    about: str  # what it is good for
    media_type: str
    write: Callable[[Manuscript], bytes]
    notes: bool = False  # whether it also holds words without times
    chapters: bool = False  # whether it is about chapters


EXPORTS = {
    export.ending: export
    for export in (
        Export(
            ending="docx",
            label="Word document",
            about="to read, print and quote",
            media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            write=word.write,
            notes=True,
        ),
        Export(
            ending="txt",
            label="Plain text",
            about="with times and names",
            media_type="text/plain",
            write=plaintext.write,
            notes=True,
        ),
        Export(
            ending="md",
            label="Markdown",
            about="for notes and wikis",
            media_type="text/markdown",
            write=markdown.write,
            notes=True,
        ),
        Export(
            ending="vtt",
            label="WebVTT",
            about="captions for the web, with names",
            media_type="text/vtt",
            write=webvtt.write,
        ),
        Export(
            ending="srt",
            label="SubRip",
            about="subtitles for any player",
            media_type="application/x-subrip",
            write=subrip.write,
        ),
        Export(
            ending="chapters.vtt",
            label="Chapters (WebVTT)",
            about="the table of contents",
            media_type="text/vtt",
            write=webvtt.write_chapters,
            chapters=True,
        ),
        Export(
            ending="ohms.xml",
            label="OHMS XML",
            about="for oral history collections",
            media_type="application/xml",
            write=ohms.write,
        ),
        Export(
            ending="json",
            label="JSON",
            about="every word with its time",
            media_type="application/json",
            write=spoken_json.write,
            notes=True,
        ),
    )
}


def offered(*, timed: bool, chapters: bool) -> list[Export]:
    """The formats that hold what there is."""
    return [
        export
        for export in EXPORTS.values()
        if (timed or export.notes) and (chapters or not export.chapters)
    ]


def export_of(ending: str) -> Export:
    """The format with this ending.

    Raises:
        NotFoundError: there is none.
    """
    if (export := EXPORTS.get(ending)) is None:
        raise NotFoundError(f"Nothing is written out as .{ending} here.")
    return export


def written(manuscript: Manuscript, export: Export) -> bytes:
    """The words in this format.

    Raises:
        InvalidInputError: the format cannot hold what there is.
    """
    if not manuscript.timed and not export.notes:
        raise InvalidInputError(
            f"A note has no times, so it cannot be written as {export.label}. Choose Word, "
            "plain text, Markdown or JSON."
        )
    return export.write(manuscript)
