"""PDF documents (ISO 32000) become the paragraphs of a note; each knows its page."""

import io
import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.readers import archive, prose
from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 3_000
SENTENCE_END = re.compile(r"[.!?:\u2026][\"'\u201d\u2019)\]]*$")
HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]$")
SHORT = 0.8  # of the page's longest line: where a paragraph's last line ends


def read_pdf(content: bytes, filename: str) -> list[SegmentDraft]:
    """The text of a PDF, cut into paragraphs; nothing in it is run, opened or fetched.

    Raises:
        InvalidInputError: it is damaged, locked, endless, or holds pictures of pages only.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every flaw in every file
    found = prose.Prose(filename)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        _unlock(reader, filename)
        if len(reader.pages) > MOST_PAGES:
            raise InvalidInputError(
                f"{filename} has more than {MOST_PAGES:,} pages. Cut it into parts."
            )
        for number, page in enumerate(reader.pages, start=1):
            for paragraph in paragraphs(page.extract_text()):
                found.add(prose.escaped(paragraph), f"p. {number}")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # pypdf raises all of these for files that are not what the standard says.
        raise archive.damaged(filename) from error
    return found.done(
        f"{filename} holds no text, only pictures of pages: a scan. Let a program for text "
        "recognition (OCR) read it first, and add what it saves."
    )


def paragraphs(text: str) -> Iterator[str]:
    """The lines of a page put together to paragraphs, hyphens at line ends mended.

    A paragraph ends at an empty line, and after a line that ends a sentence short of the margin.
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
    """Open what is locked for changes only.

    Raises:
        InvalidInputError: it cannot be read without a password.
    """
    from pypdf.errors import DependencyError

    try:
        locked = reader.is_encrypted and not reader.decrypt("")
    except (DependencyError, NotImplementedError):
        locked = True
    if locked:
        raise InvalidInputError(
            f"{filename} is locked with a password. Save it without one, and add that."
        )
