"""Reader of OpenDocument texts (ODF 1.3, ISO/IEC 26300): paragraphs of a note."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from ingest.readers import markdown_writer, zip_safety
from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft
from library.translation import gettext

if TYPE_CHECKING:
    from odfdo import Element

INSIDE = {"text:section", "text:list", "text:list-item", "text:list-header", "office:text"}
DEEPEST = 60  # maximum depth of nested lists


def read_opendocument(content: bytes, filename: str) -> list[SegmentDraft]:
    """Return the paragraphs, headings, list items and table rows of an .odt document in order.

    Deleted text, comments and the positions of footnotes are not read.

    Raises:
        InvalidInputError: The file is damaged or not .odt, has a password, or has no words.
    """
    from lxml.etree import XMLSyntaxError

    zipped = zip_safety.open_checked(content, filename)
    try:
        manifest = zipped.read("META-INF/manifest.xml")
    except (KeyError, BadZipFile) as error:
        raise zip_safety.damaged(filename) from error
    if b"encryption-data" in manifest:
        raise InvalidInputError(
            "%(filename)s is locked with a password. Save it without a password and add it again.",
            filename=filename,
        )
    try:
        return _paragraphs(content, filename)
    except (KeyError, ValueError, TypeError, AttributeError, XMLSyntaxError, OSError) as error:
        # odfdo and lxml raise these for missing or invalid parts.
        raise zip_safety.damaged(filename) from error


def _paragraphs(content: bytes, filename: str) -> list[SegmentDraft]:
    from odfdo import Document

    found = markdown_writer.Prose(filename)
    for text in _walk(Document(io.BytesIO(content)).body, listed=False, depth=0):
        found.add(text)
    return found.done(
        gettext("%(filename)s has no words. Add text to it first.", filename=filename)
    )


def _walk(element: "Element", *, listed: bool, depth: int) -> Iterator[str]:
    for child in element.children:
        if child.tag == "text:h":
            yield markdown_writer.heading(child.inner_text, _level(child))
        elif child.tag == "text:p":
            yield (
                markdown_writer.item(child.inner_text)
                if listed
                else markdown_writer.escaped(child.inner_text)
            )
        elif child.tag == "table:table":
            yield from _rows(child)
        elif child.tag in INSIDE and depth < DEEPEST:
            within = listed or child.tag == "text:list"
            yield from _walk(child, listed=within, depth=depth + 1)


def _rows(table: Any) -> Iterator[str]:
    for row in table.get_elements("descendant::table:table-row"):
        cells = row.get_elements("table:table-cell")
        yield markdown_writer.row([cell.inner_text for cell in cells])


def _level(heading: "Element") -> int:
    level = heading.get_attribute_string("text:outline-level") or "1"
    return int(level) if level.isdecimal() else 1
