"""Table of export formats, which pages, the API and the command line use."""

from collections.abc import Callable
from dataclasses import dataclass

from library.errors import InvalidInputError, NotFoundError
from library.exports import json_transcript, markdown, ohms, plaintext, subrip, webvtt, word
from library.exports.document import ExportDocument
from library.translation import gettext, mark


@dataclass(frozen=True, kw_only=True)
class Export:
    """Export format. `ending` is the suffix in URLs and file names."""

    ending: str
    label: str
    about: str  # purpose, shown on pages
    media_type: str
    write: Callable[[ExportDocument], bytes]
    notes: bool = False  # whether notes can be exported, which have no times
    chapters: bool = False  # whether the file has chapters only


EXPORTS = {
    export.ending: export
    for export in (
        Export(
            ending="docx",
            label=mark("Word document"),
            about=mark("to read, print and quote"),
            media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            write=word.write,
            notes=True,
        ),
        Export(
            ending="txt",
            label=mark("Plain text"),
            about=mark("with times and names"),
            media_type="text/plain",
            write=plaintext.write,
            notes=True,
        ),
        Export(
            ending="md",
            label="Markdown",
            about=mark("for notes and wikis"),
            media_type="text/markdown",
            write=markdown.write,
            notes=True,
        ),
        Export(
            ending="vtt",
            label="WebVTT",
            about=mark("captions for the web, with names"),
            media_type="text/vtt",
            write=webvtt.write,
        ),
        Export(
            ending="srt",
            label="SubRip",
            about=mark("subtitles for any player"),
            media_type="application/x-subrip",
            write=subrip.write,
        ),
        Export(
            ending="chapters.vtt",
            label=mark("Chapters (WebVTT)"),
            about=mark("the table of contents"),
            media_type="text/vtt",
            write=webvtt.write_chapters,
            chapters=True,
        ),
        Export(
            ending="ohms.xml",
            label="OHMS XML",
            about=mark("for oral history collections"),
            media_type="application/xml",
            write=ohms.write,
        ),
        Export(
            ending="json",
            label="JSON",
            about=mark("every word with its time"),
            media_type="application/json",
            write=json_transcript.write,
            notes=True,
        ),
    )
}


def available_formats(*, timed: bool, chapters: bool) -> list[Export]:
    """Return the formats in which a source can be exported.

    *timed* is False for a note. *chapters* is True if the source has chapters.
    """
    return [
        export
        for export in EXPORTS.values()
        if (timed or export.notes) and (chapters or not export.chapters)
    ]


def export_of(ending: str) -> Export:
    """Return the format with this suffix.

    Raises:
        NotFoundError: the format does not exist.
    """
    if (export := EXPORTS.get(ending)) is None:
        raise NotFoundError(
            ".%(ending)s is not an export format. Choose one under “Export transcript”.",
            ending=ending,
        )
    return export


def render(manuscript: ExportDocument, export: Export) -> bytes:
    """Return the bytes of the document in an export format.

    Raises:
        InvalidInputError: the document is a note, and the format needs times.
    """
    if not manuscript.timed and not export.notes:
        raise InvalidInputError(
            "A note has no times, so it cannot be written as %(format)s. Choose Word, plain "
            "text, Markdown or JSON.",
            format=gettext(export.label),
        )
    return export.write(manuscript)
