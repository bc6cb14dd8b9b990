"""Transcripts and notes as Markdown (CommonMark 0.31)."""

import re

from library.exports.document import ExportDocument
from library.exports.text_format import on_one_line, short
from library.sessions.segments import SegmentDraft

SPECIAL = re.compile(r"([\\`*_\[\]<>#])")
ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s")


def write(manuscript: ExportDocument) -> bytes:
    """Return the document as Markdown: a comment with the provenance, then the words.

    A note is written unchanged, so that it can be added again. If a note has speaker labels, each
    change of speaker begins with the name. A transcript has a title, and each change of speaker
    begins with the name and a link to the second.
    """
    facts = "\n".join(f"{name}: {value}" for name, value in manuscript.provenance())
    head = "<!--\n" + facts.replace("--", "- -") + "\n-->"
    body = _spoken(manuscript) if manuscript.timed else _note(manuscript)
    return f"{head}\n\n{body}\n".encode()


def _note(manuscript: ExportDocument) -> str:
    """Return the blocks of a note. List items follow each other without an empty line."""
    text, before, speaker = "", "", ""
    for segment in manuscript.spoken:
        close = ITEM.match(before) and ITEM.match(segment.text)
        turn = segment.speaker and segment.speaker != speaker
        name = f"**{_escaped(segment.speaker)}:** " if turn else ""
        text += ("\n" if close else "\n\n") * bool(before) + name + segment.text
        before, speaker = segment.text, segment.speaker
    return text


def _spoken(manuscript: ExportDocument) -> str:
    paragraphs, speaker = [f"# {_escaped(manuscript.described.title)}"], ""
    for segment in manuscript.spoken:
        if segment.speaker != speaker and segment.speaker:
            paragraphs.append(f"**{_escaped(segment.speaker)}**{_link(manuscript, segment)}")
        paragraphs.append(_escaped(segment.text))
        speaker = segment.speaker
    return "\n\n".join(paragraphs)


def _link(manuscript: ExportDocument, segment: SegmentDraft) -> str:
    if segment.start is None:
        return ""
    return f" [{short(segment.start)}]({manuscript.address}&t={int(segment.start)})"


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", on_one_line(text))
