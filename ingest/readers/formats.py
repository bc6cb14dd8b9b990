"""The formats that are read: how each is recognised by its content, and who reads it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest.readers.conversations import with_speakers
from ingest.readers.notes import read_note
from ingest.readers.ohms import read_ohms
from ingest.readers.opendocument import read_opendocument
from ingest.readers.pdf import read_pdf
from ingest.readers.plaintext import read_text
from ingest.readers.spoken_json import read_spoken_json
from ingest.readers.subtitles import read_subtitles
from ingest.readers.timed_text import read_timed_text
from ingest.readers.word import read_word
from ingest.readers.written import Written
from library.editing import signatures
from library.editing.segments import SegmentDraft

MIB = 1024 * 1024
JSON = re.compile(r"\{|\[\s*[{\[\]]")


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format of notes or of transcripts; `recognises` sees a file's first bytes."""

    name: str
    notes: bool
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes, str], Written]
    largest: int = 20 * MIB  # bytes
    harmless: int = 0  # bytes; more is read in a process whose memory and time are limited


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
    return lambda head: test(signatures.text_of(head))


def _timed(text: str) -> bool:
    subtitles = text.startswith("WEBVTT") or signatures.SUBRIP.match(text) is not None
    return not subtitles and signatures.has_time_marks(text)


FORMATS = (  # the first that recognises a note or a transcript reads it
    Format(
        name="pdf",
        notes=True,
        recognises=lambda head: b"%PDF-" in head[:1024],
        read=_note(read_pdf),
        largest=100 * MIB,
    ),
    Format(
        name="odt",
        notes=True,
        recognises=lambda head: head.startswith(b"PK") and signatures.ODT in head,
        read=_note(read_opendocument),
        largest=100 * MIB,
    ),
    Format(
        name="docx",
        notes=True,
        recognises=lambda head: head.startswith(b"PK\x03\x04"),
        read=_note(read_word),
        largest=100 * MIB,
    ),
    Format(
        name="note",
        notes=True,
        recognises=lambda _: True,
        read=_note(lambda content, name: read_note(read_text(content, name), name)),
        harmless=64 * 1024,
    ),
    Format(
        name="ohms", notes=False, recognises=_begins(signatures.is_ohms), read=_segments(read_ohms)
    ),
    Format(
        name="json",
        notes=False,
        recognises=_begins(lambda text: JSON.match(text) is not None),
        read=_json,
    ),
    Format(name="timed text", notes=False, recognises=_begins(_timed), read=_text(read_timed_text)),
    Format(
        name="subtitles",
        notes=False,
        recognises=lambda _: True,
        read=_text(read_subtitles),
        harmless=64 * 1024,
    ),
)
