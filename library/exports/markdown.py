"""Transcripts and notes as Markdown (CommonMark 0.31)."""

import re

from library.editing.segments import SegmentDraft
from library.exports.manuscript import Manuscript
from library.exports.wording import on_one_line, short

SPECIAL = re.compile(r"([\\`*_\[\]<>#])")
ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s")


def write(manuscript: Manuscript) -> bytes:
    """A comment that says where the words come from, then the words.

    A note is written as it stands in the library, so it can be added again as it is; one that is
    a conversation has the name before each turn. Speech has a title, and before each turn the
    speaker's name and a link to the second.
    """
    facts = "\n".join(f"{name}: {value}" for name, value in manuscript.provenance())
    head = "<!--\n" + facts.replace("--", "- -") + "\n-->"
    body = _spoken(manuscript) if manuscript.timed else _note(manuscript)
    return f"{head}\n\n{body}\n".encode()


def _note(manuscript: Manuscript) -> str:
    """The note's blocks, the items of a list close together."""
    text, before, speaker = "", "", ""
    for segment in manuscript.spoken:
        close = ITEM.match(before) and ITEM.match(segment.text)
        turn = segment.speaker and segment.speaker != speaker
        name = f"**{_escaped(segment.speaker)}:** " if turn else ""
        text += ("\n" if close else "\n\n") * bool(before) + name + segment.text
        before, speaker = segment.text, segment.speaker
    return text


def _spoken(manuscript: Manuscript) -> str:
    paragraphs, speaker = [f"# {_escaped(manuscript.title)}"], ""
    for segment in manuscript.spoken:
        if segment.speaker != speaker and segment.speaker:
            paragraphs.append(f"**{_escaped(segment.speaker)}**{_link(manuscript, segment)}")
        paragraphs.append(_escaped(segment.text))
        speaker = segment.speaker
    return "\n\n".join(paragraphs)


def _link(manuscript: Manuscript, segment: SegmentDraft) -> str:
    if segment.start is None:
        return ""
    return f" [{short(segment.start)}]({manuscript.address}&t={int(segment.start)})"


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", on_one_line(text))
