"""Tests with a corpus of hostile files: each is refused or read within limits.

Covers: sandbox, zip_safety, read.
"""

import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from odfdo import Paragraph
from pypdf import PdfReader, PdfWriter

from ingest.readers import read, sandbox
from ingest.readers.formats import FORMATS, Format
from ingest.readers.text_limits import LONGEST_PARAGRAPH
from library.capture.file_signatures import HEAD
from library.capture.file_types import kind_of
from library.errors import InvalidInputError
from library.models import SourceKind
from tests.ingest.readers import documents

MIB = 1024 * 1024
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>"""
OHMS = b'<ROOT xmlns="https://www.weareavp.com/nunncenter/ohms"><record>%s</record></ROOT>'
OUTSIDE = (
    b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + OHMS % b"<transcript>&x;</transcript>"
)


def srt(cues: int) -> bytes:
    """Return a SubRip file with this number of cues."""
    return "".join(
        f"{n + 1}\n{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},000 --> "
        f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},900\nword {n}\n\n"
        for n in range(cues)
    ).encode()


def locked_pdf() -> bytes:
    """Return a PDF file with a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(documents.pdf([["Secret."]]))))
    writer.encrypt("a password", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def looping_pdf() -> bytes:
    """Return a PDF file whose page tree contains itself."""
    return documents.assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>",
        ]
    )


def packed_pdf() -> bytes:
    """Return a PDF file with a page of 90 MiB of spaces, compressed twice."""
    inner = zlib.compress(b" " * (90 * MIB), 9)
    page = documents.stream(inner, declared="/Filter [/FlateDecode /FlateDecode]")
    return documents.assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            page,
        ]
    )


@dataclass(frozen=True)
class Case:
    """Hostile file with a part of the expected text or of the expected error message."""

    name: str
    make: Callable[[], bytes]
    says: str = ""
    reads: str = ""


WORD = documents.word([("Normal", "Honest words.")])
CASES = {
    "a zip bomb in DOCX": Case(
        "bomb.docx",
        lambda: documents.changed(WORD, document_xml=b"<a>" + b" " * (20 * MIB) + b"</a>"),
        says="would unpack to far more",
    ),
    "many parts in DOCX": Case(
        "parts.docx",
        lambda: documents.packed(
            {"[Content_Types].xml": b"", **{f"word/{n}.xml": b"" for n in range(6000)}}
        ),
        says="would unpack to far more",
    ),
    "entities in DOCX": Case(
        "laughs.docx",
        lambda: documents.changed(WORD, document_xml=LAUGHS + b"<r>&d;</r>"),
        says="declares entities",
    ),
    "names with ../ in DOCX": Case(
        "../../climb.docx",
        lambda: documents.packed({"[Content_Types].xml": b"<x/>", "../../../tmp/x.xml": b"<x/>"}),
        says="is damaged",
    ),
    "half a DOCX": Case("half.docx", lambda: WORD[: len(WORD) // 2], says="is damaged"),
    "a DOCX with nonsense inside": Case(
        "nonsense.docx",
        lambda: documents.changed(WORD, document_xml=b"<nonsense/>"),
        says="is damaged",
    ),
    "a deep DOCX": Case(
        "deep.docx",
        lambda: documents.changed(WORD, document_xml=b"<w>" * 100_000 + b"</w>" * 100_000),
        says="is damaged",
    ),
    "a spreadsheet named .docx": Case(
        "sums.docx",
        lambda: documents.packed({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
        says="is a spreadsheet",
    ),
    "entities in ODT": Case(
        "laughs.odt",
        lambda: documents.changed(
            documents.opendocument(Paragraph("x")), content_xml=LAUGHS + b"<r>&d;</r>"
        ),
        says="declares entities",
    ),
    "a zip bomb in ODT": Case(
        "bomb.odt",
        lambda: documents.changed(
            documents.opendocument(Paragraph("x")), content_xml=b" " * (20 * MIB)
        ),
        says="would unpack to far more",
    ),
    "a locked ODT": Case(
        "locked.odt",
        lambda: documents.changed(
            documents.opendocument(Paragraph("x")), manifest_xml=b"<manifest:encryption-data/>"
        ),
        says="locked with a password",
    ),
    "a PDF with scripts": Case(
        "scripts.pdf",
        lambda: documents.pdf(
            [["Honest words."]],
            b"<< /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1'\\)) >>",
            catalog=b"/OpenAction 6 0 R",
        ),
        reads="Honest words.",
    ),
    "a PDF that loops": Case("loop.pdf", looping_pdf, says="."),
    "a PDF bomb": Case("bomb.pdf", packed_pdf, says="."),
    "a locked PDF": Case("locked.pdf", locked_pdf, says="locked with a password"),
    "a scan": Case("scan.pdf", lambda: documents.pdf([[], []]), says="pictures of pages"),
    "half a PDF": Case(
        "half.pdf", lambda: documents.pdf([["Honest words."]])[:60], says="half.pdf"
    ),
    "a PDF of noise": Case("noise.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, says="."),
    "malformed WebVTT": Case(
        "bad.vtt", lambda: b"WEBVTT\n\n00:01 -> never\n" * 2000, says="bad.vtt"
    ),
    "10,000 cues": Case("long.srt", lambda: srt(10_000), reads="word 9999"),
    "too many cues": Case("longer.srt", lambda: srt(100_001), says="more than 100,000 cues"),
    "SubRip in UTF-16": Case(
        "wide.srt", lambda: srt(2).decode().replace("word", "später").encode("utf-16"), reads="ä"
    ),
    "SubRip in Latin-1": Case(
        "old.srt", lambda: srt(2).decode().replace("word", "später").encode("latin-1"), reads="ä"
    ),
    "SubRip with a mark": Case("mark.srt", lambda: b"\xef\xbb\xbf" + srt(2), reads="word 1"),
    "SubRip of zeros": Case("zeros.srt", lambda: b"1\n\x00\x00\x00" * 5000, says="not text"),
    "an XML bomb": Case(
        "laughs.xml", lambda: LAUGHS + OHMS % b"<transcript>&d;</transcript>", says="entities"
    ),
    "XML that reads our files": Case("outside.xml", lambda: OUTSIDE, says="entities"),
    "deep XML": Case(
        "deep.xml", lambda: OHMS % (b"<a>" * 50_000 + b"</a>" * 50_000), says="not complete XML"
    ),
    "OHMS without words": Case("empty.xml", lambda: OHMS % b"<title>x</title>", says="without a"),
    "deep JSON": Case(
        "deep.json", lambda: b'{"segments": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", says="deep"
    ),
    "JSON that fills memory": Case(
        "wide.json", lambda: b'{"segments": [' + b"[]," * (8 * MIB) + b"[]]}", says="larger than"
    ),
    "JSON of something else": Case("other.json", lambda: b'{"segments": 4}', says="no list"),
    "half of JSON": Case("half.json", lambda: b'{"segments": [{', says="not complete JSON"),
    "JSON with odd times": Case(
        "odd.json",
        lambda: json.dumps(
            {"segments": [{"start": float("nan"), "end": -4, "text": "still words"}]}
        ).encode(),
        reads="still words",
    ),
    "brackets that never close": Case("open.md", lambda: b"[" * (MIB // 4), reads="[[["),
    "one line of nothing but letters": Case(
        "line.md", lambda: b"a" * (20 * MIB), says="far longer than a book"
    ),
    "a paragraph without an end": Case("long.md", lambda: b"word " * 20_000, reads="word word"),
    "tags that never close": Case(
        "tags.vtt",
        lambda: b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v a<b" * MIB,
        says="under one time",
    ),
    "an hour in one cue": Case(
        "cue.srt",
        lambda: b"1\n00:00:00,000 --> 01:00:00,000\n" + b"word " * MIB,
        says="under one time",
    ),
    "times without words": Case("times.txt", lambda: b"[00:00:01]\n[00:00:02]\n", says="no words"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_hostile_file_gets_a_sentence_or_is_read(tmp_path: Path, case: Case) -> None:
    """A hostile file is read, or refused with an error message. No other file is created."""
    path = tmp_path / "upload"
    path.write_bytes(case.make())
    note = kind_of(case.name, path.read_bytes()[:HEAD]) is SourceKind.NOTE

    refused, read_text = "", ""
    try:
        written = read.read(path, case.name, note=note, alive=lambda: None)
        read_text = " ".join(segment.text for segment in written.segments)
    except InvalidInputError as error:
        refused = str(error)

    assert bool(refused) is bool(case.says), refused or read_text[:300]
    assert case.says in refused
    assert case.reads in read_text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_format_has_size_limits(form: Format) -> None:
    """In every format, files over 64 KiB need the sandbox. Files over 100 MiB are refused."""
    assert form.harmless <= 64 * 1024
    assert form.largest <= 100 * MIB


def test_a_long_paragraph_is_split_and_loses_nothing(tmp_path: Path) -> None:
    """A long paragraph is split between words into segments of limited length, without loss."""
    path = tmp_path / "upload"
    path.write_bytes(b"word " * 20_000 + b"\n\nThe end.\n")

    written = read.read(path, "long.md", note=True, alive=lambda: None)

    texts = [segment.text for segment in written.segments]
    assert max(map(len, texts)) <= LONGEST_PARAGRAPH
    assert " ".join(texts).split() == ["word"] * 20_000 + ["The", "end."]
    assert texts[-1] == "The end."


def test_a_slow_reader_is_stopped(tmp_path: Path) -> None:
    """A document that needs too much processor time is refused with an error message."""
    path = tmp_path / "long.pdf"
    path.write_bytes(documents.pdf([["words"] * 200] * 2500))

    with pytest.raises(InvalidInputError, match="memory or time"):
        sandbox.read("pdf", path, "long.pdf", lambda: None, processor=2)


def test_a_reader_is_stopped_with_its_work(tmp_path: Path) -> None:
    """An error in the heartbeat function stops the sandbox process and reaches the caller."""
    path = tmp_path / "long.pdf"
    path.write_bytes(documents.pdf([["words"] * 200] * 2500))

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.read("pdf", path, "long.pdf", stop)


@pytest.mark.parametrize(
    ("name", "head", "says"),
    [
        ("talk.doc", b"\xd0\xcf\x11\xe0", "a document in an older format"),
        ("talk.rtf", b"{\\rtf1", "a document in an older format"),
        ("sums.xlsx", b"PK\x03\x04", "a spreadsheet"),
        ("photos.zip", b"PK\x03\x04", "a compressed folder"),
        ("photo.png", b"", "a picture"),
        ("talk.mp3", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("note.txt", b"\xff\xd8\xff\xe0", "a picture"),
        ("talk.m4a", b"\0\0\0\x18ftypheic", "a picture"),
        ("talk.wav", b"RIFF\x10\0\0\0WEBPVP8 ", "a picture"),
        ("setup.exe", b"", "a program"),
        ("talk", b"\x7fELF", "a program"),
        ("talk.ogg", b"SQLite format 3\0", "a database"),
        ("talk.flac", bytes(257) + b"ustar", "a compressed folder"),
        ("talk.mp3", b"We met on Tuesday. " * 20, "a text, not a recording"),
        ("people.csv", b"name,address\n" * 30, "a text, not a recording"),
    ],
)
def test_an_unsupported_file_is_refused_with_its_kind(name: str, head: bytes, says: str) -> None:
    """A file that cannot be added is refused. The error message names its kind."""
    with pytest.raises(InvalidInputError, match=says):
        kind_of(name, head)
