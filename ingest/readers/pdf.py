"""Reader of PDF documents (ISO 32000): paragraphs of a note, each with its page."""

import io
import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.readers import markdown_writer, zip_safety
from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft
from library.translation import gettext

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 3_000
SENTENCE_END = re.compile(r"[.!?:\u2026][\"'\u201d\u2019)\]]*$")
HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]$")
SHORT = 0.8  # share of the longest line of the page; shorter lines can end a paragraph


def read_pdf(content: bytes, filename: str) -> list[SegmentDraft]:
    """Return the paragraphs of a PDF. Scripts, attachments and links are ignored.

    Raises:
        InvalidInputError: The PDF is damaged, has a password, is too long, or has no text.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs each defect of each file
    found = markdown_writer.Prose(filename)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        _unlock(reader, filename)
        if len(reader.pages) > MOST_PAGES:
            raise InvalidInputError(
                "%(filename)s has more than %(most)s pages. Cut it into parts.",
                filename=filename,
                most=f"{MOST_PAGES:,}",
            )
        for number, page in enumerate(reader.pages, start=1):
            for paragraph in paragraphs(page.extract_text()):
                found.add(markdown_writer.escaped(paragraph), f"p. {number}")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # pypdf raises all of these for files that violate the standard.
        raise zip_safety.damaged(filename) from error
    return found.done(
        gettext(
            "%(filename)s has no text, only pictures of pages: a scan. Convert it with a program "
            "for text recognition (OCR) first, and add the result.",
            filename=filename,
        )
    )


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a page. Words that are hyphenated at line ends are joined.

    A paragraph ends at an empty line, and after a short line that ends a sentence.
    """
    lines = [line.strip() for line in text.split("\n")]
    margin = max(map(len, lines), default=0) * SHORT
    gathered = ""
    for line in lines:
        if line:
            gathered = _joined(gathered, line)
        ends = SENTENCE_END.search(line) is not None and len(line) < margin
        if gathered and (not line or ends):
            yield gathered
            gathered = ""
    if gathered:
        yield gathered


def _joined(before: str, line: str) -> str:
    if HYPHENATED.search(before) and line[0].islower():
        return before[:-1] + line
    return f"{before} {line}".strip()


def _unlock(reader: "PdfReader", filename: str) -> None:
    """Decrypt a PDF that is protected against changes but has no password for reading.

    Raises:
        InvalidInputError: The PDF cannot be read without a password.
    """
    from pypdf.errors import DependencyError

    try:
        locked = reader.is_encrypted and not reader.decrypt("")
    except (DependencyError, NotImplementedError):
        locked = True
    if locked:
        raise InvalidInputError(
            "%(filename)s is locked with a password. Save it without a password and add it again.",
            filename=filename,
        )
