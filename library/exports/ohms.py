"""Transcripts as OHMS XML (Oral History Metadata Synchronizer, Nunn Center, version 6.0).

The words stand in it twice: as lines with the `sync` of every minute, for each viewer, and as
WebVTT with all times: `vtt_transcript`, which version 6.0 adds behind `transcript`. The
namespace, the names and their order were compared with the schema of 5.4 for all other fields.
"""

from typing import TYPE_CHECKING

from library.exports import webvtt
from library.exports.manuscript import Manuscript
from library.exports.wording import on_one_line, short, xml_text

if TYPE_CHECKING:
    from lxml.etree import _Element

NAMESPACE = "https://www.weareavp.com/nunncenter/ohms"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
INTERVIEWERS = {"mentee", "facilitator"}


def write(manuscript: Manuscript) -> bytes:
    """One record: title, date, people, address, transcript, and the chapters as its index."""
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
    _add(record, "description", manuscript.description)
    _add(record, "transcript", lines)
    _add(record, "vtt_transcript", webvtt.write(manuscript).decode())
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _describe(record: "_Element", manuscript: Manuscript, sync: str) -> None:
    """What stands before the index, in the schema's order."""
    _add(record, "version", "6.0")
    held = manuscript.held_on.isoformat() if manuscript.held_on else ""
    date = _add(record, "date")
    date.set("value", held)
    date.set("format", "yyyy-mm-dd")
    _add(record, "title", manuscript.title)
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
    _add(record, "language", manuscript.language)
    notes = "\n".join(f"{name}: {value}" for name, value in manuscript.provenance())
    _add(record, "user_notes", notes)


def _lines(manuscript: Manuscript) -> tuple[str, str]:
    """Paragraphs with an empty line between, and the first line of every minute, counted from 1."""
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
