"""OpenDocument texts (ODF 1.3, ISO/IEC 26300) become the paragraphs of a note."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from ingest.readers import archive, prose
from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError

if TYPE_CHECKING:
    from odfdo import Element

INSIDE = {"text:section", "text:list", "text:list-item", "text:list-header", "office:text"}
DEEPEST = 60  # lists within lists


def read_opendocument(content: bytes, filename: str) -> list[SegmentDraft]:
    """The paragraphs, headings, list items and table rows of an .odt document, in their order.

    Deleted text, comments and footnotes' places are not read.

    Raises:
        InvalidInputError: it is no such document, is locked, or there are no words in it.
    """
    from lxml.etree import XMLSyntaxError

    zipped = archive.looked_over(content, filename)
    try:
        manifest = zipped.read("META-INF/manifest.xml")
    except (KeyError, BadZipFile) as error:
        raise archive.damaged(filename) from error
    if b"encryption-data" in manifest:
        raise InvalidInputError(
            f"{filename} is locked with a password. Save it without one, and add that."
        )
    try:
        return _paragraphs(content, filename)
    except (KeyError, ValueError, TypeError, AttributeError, XMLSyntaxError, OSError) as error:
        # What odfdo and lxml raise for parts that are missing or not what they should be.
        raise archive.damaged(filename) from error


def _paragraphs(content: bytes, filename: str) -> list[SegmentDraft]:
    from odfdo import Document

    found = prose.Prose(filename)
    for text in _walk(Document(io.BytesIO(content)).body, listed=False, depth=0):
        found.add(text)
    return found.done(f"There are no words in {filename}.")


def _walk(element: "Element", *, listed: bool, depth: int) -> Iterator[str]:
    for child in element.children:
        if child.tag == "text:h":
            yield prose.heading(child.inner_text, _level(child))
        elif child.tag == "text:p":
            yield prose.item(child.inner_text) if listed else prose.escaped(child.inner_text)
        elif child.tag == "table:table":
            yield from _rows(child)
        elif child.tag in INSIDE and depth < DEEPEST:
            within = listed or child.tag == "text:list"
            yield from _walk(child, listed=within, depth=depth + 1)


def _rows(table: Any) -> Iterator[str]:
    for row in table.get_elements("descendant::table:table-row"):
        cells = row.get_elements("table:table-cell")
        yield prose.row([cell.inner_text for cell in cells])


def _level(heading: "Element") -> int:
    level = heading.get_attribute_string("text:outline-level") or "1"
    return int(level) if level.isdecimal() else 1
