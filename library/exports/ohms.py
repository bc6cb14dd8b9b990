"""Transcripts as OHMS XML (Oral History Metadata Synchronizer, Nunn Center, version 6.0).

The record has the words twice. `transcript` has lines, and `sync` has the line at which each minute
starts. Every OHMS viewer can read both. `vtt_transcript` is new in version 6.0 and contains WebVTT
with all times. The namespace, and the names and order of all other fields, were compared with the
schema of version 5.4.
"""

from typing import TYPE_CHECKING

from library.exports import webvtt
from library.exports.document import ExportDocument
from library.exports.text_format import on_one_line, short, xml_text
from library.sessions.description import as_text

if TYPE_CHECKING:
    from lxml.etree import _Element

NAMESPACE = "https://www.weareavp.com/nunncenter/ohms"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
INTERVIEWERS = {"mentee", "facilitator"}


def write(manuscript: ExportDocument) -> bytes:
    """Return the document as an OHMS record in XML. The chapters become the index."""
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}ROOT", nsmap={None: NAMESPACE, "xsi": SCHEMA_INSTANCE})
    root.set(f"{{{SCHEMA_INSTANCE}}}schemaLocation", f"{NAMESPACE}/ohms.xsd")
    written = manuscript.written_on.isoformat()
    record = etree.SubElement(
        root, f"{{{NAMESPACE}}}record", id=str(manuscript.identifier), dt=written
    )
    lines, sync = _lines(manuscript)
    _describe(record, manuscript, sync)
    index = _add(record, "index")
    for start, title in manuscript.chapters:
        point = _add(index, "point")
        _add(point, "time", str(int(start)))
        _add(point, "title", title)
    _add(record, "type", "interview")
    _add(record, "description", manuscript.described.description)
    _add(record, "transcript", lines)
    _add(record, "vtt_transcript", webvtt.write(manuscript).decode())
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _describe(record: "_Element", manuscript: ExportDocument, sync: str) -> None:
    """Add the elements that come before the index, in the order of the schema."""
    _add(record, "version", "6.0")
    date = _add(record, "date")
    date.set("value", as_text(manuscript.described.held_on))
    date.set("format", "yyyy-mm-dd")
    _add(record, "title", manuscript.described.title)
    _add(record, "duration", short(manuscript.duration or 0))
    _add(record, "repository", manuscript.site)
    _add(record, "repository_url", manuscript.address)
    asking = [name for name, part in manuscript.people if part in INTERVIEWERS]
    for name in (name for name, part in manuscript.people if part not in INTERVIEWERS):
        _add(record, "interviewee", name)
    for name in asking:
        _add(record, "interviewer", name)
    _add(record, "file_name", manuscript.filename)
    _add(record, "sync", sync)
    _add(record, "media_url", manuscript.address)
    _add(record, "language", manuscript.described.language)
    notes = "\n".join(f"{name}: {value}" for name, value in manuscript.provenance())
    _add(record, "user_notes", notes)


def _lines(manuscript: ExportDocument) -> tuple[str, str]:
    """Return the text of `transcript` and the value of `sync`.

    `sync` has the number of the first line of each minute; lines are counted from 1.
    """
    text: list[str] = []
    stamps, minute = [""], 1
    for segment in manuscript.spoken:
        words = on_one_line(segment.text)
        if segment.start is None or not words:
            continue
        while minute * 60 <= segment.start:
            stamps.append(f"{len(text) + 1}(1)")
            minute += 1
        who = f"{on_one_line(segment.speaker)}: " if segment.speaker else ""
        text += [f"{who}{words}", ""]
    return "\n".join(text).strip("\n"), "1:" + "|".join(stamps)


def _add(parent: "_Element", name: str, text: str = "") -> "_Element":
    from lxml import etree

    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = xml_text(text)
    return element
