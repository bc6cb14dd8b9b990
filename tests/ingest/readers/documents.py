"""Documents for the tests, valid and hostile."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

from docx import Document as WordDocument
from odfdo import Document as OpenDocument
from odfdo import Element, Header, List, Paragraph

CONTENT = "word/document.xml"
CONTENT_TYPES = "[Content_Types].xml"


def word(paragraphs: Sequence[tuple[str, str]]) -> bytes:
    """Return a .docx file with these paragraphs (style, text)."""
    document: Any = WordDocument()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    return saved(document)


def opendocument(*elements: Element) -> bytes:
    """Return an .odt file with these elements."""
    document = OpenDocument("text")
    document.body.clear()
    for element in elements:
        document.body.append(element)
    return saved(document)


def note_as_opendocument() -> bytes:
    """Return an .odt file with a heading, a paragraph and a list."""
    return opendocument(
        Header(1, "What I tell newcomers"), Paragraph("Ask the same day."), List(["Wait", "Listen"])
    )


def saved(document: Any) -> bytes:
    """Return the bytes of a document of python-docx or odfdo."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pdf(pages: Sequence[Sequence[str]], *extra: bytes, catalog: bytes = b"") -> bytes:
    """Return a PDF file with these lines of Latin text on each page.

    *extra* are objects that are added at the end. *catalog* is added to the root object.
    """
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages))).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % len(pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for i, lines in enumerate(pages):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * i),
            stream(b"BT /F1 11 Tf 14 TL 72 720 Td " + b"".join(map(_shown, lines)) + b"ET"),
        ]
    return assembled([*objects, *extra])


def stream(content: bytes, *, declared: str = "/Filter /FlateDecode") -> bytes:
    """Return a PDF stream object."""
    packed = zlib.compress(content)
    head = f"<< /Length {len(packed)} {declared} >>".encode()
    return head + b"\nstream\n" + packed + b"\nendstream"


def assembled(objects: Sequence[bytes]) -> bytes:
    """Return a PDF file of objects, numbered from 1. The first object is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def packed(parts: dict[str, bytes]) -> bytes:
    """Return a zip file with these parts (name and content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, method)
    return buffer.getvalue()


def changed(document: bytes, **parts: bytes) -> bytes:
    """Return a copy of *document*, a zip file, in which some files have new content.

    The keyword `document_xml` replaces each file with the name document.xml, in any folder.
    """
    replacements = {name.replace("_", "."): content for name, content in parts.items()}
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents.update(
        {
            name: replacements[name.rsplit("/")[-1]]
            for name in contents
            if name.rsplit("/")[-1] in replacements
        }
    )
    return packed(contents)


def _shown(line: str) -> bytes:
    text = line.encode("cp1252")
    for special in (b"\\", b"(", b")"):
        text = text.replace(special, b"\\" + special)
    return b"(" + text + b") Tj T* "
