"""What the first bytes of a file tell: how formats are known by their content.

Values and bytes only: whoever reads a hostile file needs no database for it.
"""

import codecs
import re

HEAD = 4096  # bytes that tell what a file is
ODT = b"mimetypeapplication/vnd.oasis.opendocument.text"
SUBRIP = re.compile(r"\s*\d+\s*\n\s*\d+:\d\d:\d\d[,.]\d+\s*-->")
TIME_MARK = re.compile(r"^\s*[\[(](?:\d{1,2}:)?\d{1,3}:\d\d(?:[.,]\d{1,3})?[\])]", re.MULTILINE)
UNWRITTEN = re.compile(r"[\x00-\x08\x0e-\x1a]")  # control characters that no text has


def reads_as_text(head: bytes) -> bool:
    """Whether the first bytes of a file read as text."""
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD else "ignore")
    except UnicodeDecodeError:
        return False
    return bool(text) and len(text) > len(head) * 0.9 and not UNWRITTEN.search(text)


def text_of(head: bytes) -> str:
    """The first bytes of a file as text, as well as that goes; without marks and leading space."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore").lstrip("\ufeff \t\r\n")
    return head.decode("utf-8-sig", errors="ignore").lstrip()


def is_ohms(text: str) -> bool:
    """Whether XML that begins so is a record of the Oral History Metadata Synchronizer."""
    return text.startswith("<") and ("nunncenter/ohms" in text or "<ROOT" in text)


def has_time_marks(text: str) -> bool:
    """Whether the lines of a text begin with times in brackets."""
    return TIME_MARK.search(text) is not None
