"""Word export of transcripts and notes (Office Open XML, ECMA-376) with python-docx."""

import io
import re
from typing import Any

from library.exports.document import ExportDocument
from library.exports.text_format import on_one_line, short, xml_text
from library.markdown import unmarked
from library.sessions.segments import SegmentDraft

HEADING = re.compile(r"(#{1,6})\s")
ITEM = re.compile(r"[-*+]\s")
NUMBERED = re.compile(r"\d+[.)]\s")


def write(manuscript: ExportDocument) -> bytes:
    """Return a .docx file: a title, the words, and the provenance in each page footer."""
    from docx import Document

    document: Any = Document()
    _describe(document, manuscript)
    document.add_paragraph(xml_text(manuscript.described.title), style="Title")
    speaker = ""
    for segment in manuscript.spoken:
        if manuscript.timed:
            _turn(document, segment, named=segment.speaker != speaker)
            speaker = segment.speaker
        else:
            document.add_paragraph(xml_text(unmarked(segment.text)), style=_style(segment.text))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _describe(document: Any, manuscript: ExportDocument) -> None:
    facts = [f"{name}: {value}" for name, value in manuscript.provenance()[1:]]
    known = document.core_properties
    known.title = xml_text(manuscript.described.title)[:255]
    known.author = xml_text(", ".join(name for name, _ in manuscript.people))[:255]
    known.comments = xml_text("\n".join(facts))[:255]
    known.language = manuscript.described.language
    document.sections[0].footer.paragraphs[0].text = xml_text("\n".join(facts))


def _turn(document: Any, segment: SegmentDraft, *, named: bool) -> None:
    """Add a segment as a paragraph. If *named*, the paragraph begins with name and time."""
    paragraph = document.add_paragraph()
    if named and segment.speaker:
        paragraph.add_run(xml_text(on_one_line(segment.speaker))).bold = True
        time = f" ({short(segment.start)})" if segment.start is not None else ""
        paragraph.add_run(f"{time}: ")
    paragraph.add_run(xml_text(on_one_line(segment.text)))


def _style(markdown: str) -> str:
    """Return the name of the paragraph style for a block of a note in Markdown."""
    if heading := HEADING.match(markdown):
        return f"Heading {len(heading[1])}"
    if ITEM.match(markdown):
        return "List Bullet"
    return "List Number" if NUMBERED.match(markdown) else "Normal"
