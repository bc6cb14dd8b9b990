"""Table of file formats: how each is recognised by its content, and its reader."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest.readers.conversation_notes import with_speakers
from ingest.readers.document import Written
from ingest.readers.json_transcript import read_spoken_json
from ingest.readers.notes import read_note
from ingest.readers.ohms import read_ohms
from ingest.readers.opendocument import read_opendocument
from ingest.readers.pdf import read_pdf
from ingest.readers.subtitles import read_subtitles
from ingest.readers.text_encoding import read_text
from ingest.readers.timestamped_text import read_timed_text
from ingest.readers.word import read_word
from library.capture import file_signatures
from library.sessions.segments import SegmentDraft

MIB = 1024 * 1024
JSON = re.compile(r"\{|\[\s*[{\[\]]")


@dataclass(frozen=True, kw_only=True)
class Format:
    """File format of notes or of transcripts.

    Attributes:
        name: Name of the format, also passed to the sandbox process.
        suffixes: Usual endings of file names, in lower case, with the dot.
        notes: True for notes, False for transcripts.
        recognises: Test of the first bytes of a file.
        read: Reader. Takes the bytes and the name of the file.
        largest: Maximum size in bytes.
        harmless: Size in bytes above which the file is read in the sandbox process.
    """

    name: str
    suffixes: tuple[str, ...]
    notes: bool
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes, str], Written]
    largest: int = 20 * MIB
    harmless: int = 0


def _segments(read: Callable[[bytes, str], list[SegmentDraft]]) -> Callable[[bytes, str], Written]:
    return lambda content, name: Written(segments=read(content, name))


def _note(read: Callable[[bytes, str], list[SegmentDraft]]) -> Callable[[bytes, str], Written]:
    return lambda content, name: Written(segments=with_speakers(read(content, name)))


def _text(read: Callable[[str, str], list[SegmentDraft]]) -> Callable[[bytes, str], Written]:
    return lambda content, name: Written(segments=read(read_text(content, name), name))


def _json(content: bytes, name: str) -> Written:
    segments, language = read_spoken_json(read_text(content, name), name)
    return Written(segments=segments, language=language)


def _begins(test: Callable[[str], bool]) -> Callable[[bytes], bool]:
    return lambda head: test(file_signatures.text_of(head))


def _timed(text: str) -> bool:
    subtitles = text.startswith("WEBVTT") or file_signatures.SUBRIP.match(text) is not None
    return not subtitles and file_signatures.has_time_marks(text)


FORMATS = (  # the first format in this order that recognises a file is used
    Format(
        name="pdf",
        suffixes=(".pdf",),
        notes=True,
        recognises=lambda head: b"%PDF-" in head[:1024],
        read=_note(read_pdf),
        largest=100 * MIB,
    ),
    Format(
        name="odt",
        suffixes=(".odt",),
        notes=True,
        recognises=lambda head: head.startswith(b"PK") and file_signatures.ODT in head,
        read=_note(read_opendocument),
        largest=100 * MIB,
    ),
    Format(
        name="docx",
        suffixes=(".docx",),
        notes=True,
        recognises=lambda head: head.startswith(b"PK\x03\x04"),
        read=_note(read_word),
        largest=100 * MIB,
    ),
    Format(
        name="note",
        suffixes=(".md", ".markdown", ".txt", ".text"),
        notes=True,
        recognises=lambda _: True,
        read=_note(lambda content, name: read_note(read_text(content, name), name)),
        harmless=64 * 1024,
    ),
    Format(
        name="ohms",
        suffixes=(".xml",),
        notes=False,
        recognises=_begins(file_signatures.is_ohms),
        read=_segments(read_ohms),
    ),
    Format(
        name="json",
        suffixes=(".json",),
        notes=False,
        recognises=_begins(lambda text: JSON.match(text) is not None),
        read=_json,
    ),
    Format(
        name="timed text",
        suffixes=(".txt", ".text"),
        notes=False,
        recognises=_begins(_timed),
        read=_text(read_timed_text),
    ),
    Format(
        name="subtitles",
        suffixes=(".vtt", ".srt"),
        notes=False,
        recognises=lambda _: True,
        read=_text(read_subtitles),
        harmless=64 * 1024,
    ),
)
