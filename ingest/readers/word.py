"""Word documents (Office Open XML, ECMA-376) become the paragraphs of a note."""

import io
import re
from typing import TYPE_CHECKING, Any

from ingest.readers import archive, prose
from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

LEVEL = re.compile(r"heading (\d)", re.IGNORECASE)
OTHERS = {
    "xl/workbook.xml": "a spreadsheet",
    "ppt/presentation.xml": "a presentation",
}


def read_word(content: bytes, filename: str) -> list[SegmentDraft]:
    """The paragraphs, headings, list items and table rows of a .docx document, in their order.

    Deleted text, comments, and text in headers, footers and boxes are not read.

    Raises:
        InvalidInputError: it is no such document, or there are no words in it.
    """
    names = set(archive.looked_over(content, filename).namelist())
    for part, what in OTHERS.items():
        if part in names:
            raise InvalidInputError(
                f"{filename} is {what}. Save its words as .docx or plain text, and add that."
            )
    try:
        return _paragraphs(content, filename)
    except (KeyError, ValueError, AttributeError, SyntaxError) as error:
        # What python-docx and lxml raise for parts that are missing or not what they should be.
        raise archive.damaged(filename) from error


def _paragraphs(content: bytes, filename: str) -> list[SegmentDraft]:
    from docx import Document
    from docx.table import Table

    found = prose.Prose(filename)
    document: Any = Document(io.BytesIO(content))
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                found.add(prose.row(_cells(row)))
        else:
            found.add(_paragraph(block))
    return found.done(f"There are no words in {filename}.")


def _paragraph(paragraph: "Paragraph") -> str:
    style = paragraph.style.name if paragraph.style else ""
    style = style or ""
    if level := LEVEL.match(style):
        return prose.heading(paragraph.text, int(level[1]))
    if style in {"Title", "Subtitle"}:
        return prose.heading(paragraph.text, 1 if style == "Title" else 2)
    properties = paragraph._p.pPr  # noqa: SLF001 - python-docx shows no other way to a list
    listed = properties is not None and properties.numPr is not None
    if listed or style.startswith("List"):
        return prose.item(paragraph.text)
    return prose.escaped(paragraph.text)


def _cells(row: Any) -> list[str]:
    """The texts of a row; a cell that spans several columns once."""
    seen, texts = set(), []
    for cell in row.cells:
        if cell._tc not in seen:  # noqa: SLF001 - what makes two cells the same one
            seen.add(cell._tc)  # noqa: SLF001
            texts.append(cell.text)
    return texts
