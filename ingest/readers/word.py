"""Reader of Word documents (Office Open XML, ECMA-376): paragraphs of a note."""

import io
import re
from typing import TYPE_CHECKING, Any

from ingest.readers import markdown_writer, zip_safety
from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft
from library.translation import gettext, mark

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

LEVEL = re.compile(r"heading (\d)", re.IGNORECASE)
OTHERS = {
    "xl/workbook.xml": mark("a spreadsheet"),
    "ppt/presentation.xml": mark("a presentation"),
}


def read_word(content: bytes, filename: str) -> list[SegmentDraft]:
    """Return the paragraphs, headings, list items and table rows of a .docx document in order.

    Deleted text, comments, and text in headers, footers and text boxes are not read.

    Raises:
        InvalidInputError: The file is damaged, not .docx, or has no words.
    """
    names = set(zip_safety.open_checked(content, filename).namelist())
    for part, what in OTHERS.items():
        if part in names:
            raise InvalidInputError(
                "%(filename)s is %(what)s. Save its words as .docx or plain text and add that "
                "file.",
                filename=filename,
                what=gettext(what),
            )
    try:
        return _paragraphs(content, filename)
    except (KeyError, ValueError, AttributeError, SyntaxError) as error:
        # python-docx and lxml raise these for missing or invalid parts.
        raise zip_safety.damaged(filename) from error


def _paragraphs(content: bytes, filename: str) -> list[SegmentDraft]:
    from docx import Document
    from docx.table import Table

    found = markdown_writer.Prose(filename)
    document: Any = Document(io.BytesIO(content))
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                found.add(markdown_writer.row(_cells(row)))
        else:
            found.add(_paragraph(block))
    return found.done(
        gettext("%(filename)s has no words. Add text to it first.", filename=filename)
    )


def _paragraph(paragraph: "Paragraph") -> str:
    style = paragraph.style.name if paragraph.style else ""
    style = style or ""
    if level := LEVEL.match(style):
        return markdown_writer.heading(paragraph.text, int(level[1]))
    if style in {"Title", "Subtitle"}:
        return markdown_writer.heading(paragraph.text, 1 if style == "Title" else 2)
    properties = paragraph._p.pPr  # noqa: SLF001 - python-docx has no public API for lists
    listed = properties is not None and properties.numPr is not None
    if listed or style.startswith("List"):
        return markdown_writer.item(paragraph.text)
    return markdown_writer.escaped(paragraph.text)


def _cells(row: Any) -> list[str]:
    """Return the texts of the cells of a row. A cell that spans columns is returned once."""
    known, texts = set(), []
    for cell in row.cells:
        if cell._tc not in known:  # noqa: SLF001 - identity of a merged cell
            known.add(cell._tc)  # noqa: SLF001
            texts.append(cell.text)
    return texts
