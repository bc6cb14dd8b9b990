"""Detection of the format of a file from its first bytes.

The module needs no database, so that a sandboxed process can import it to read untrusted files.
"""

import codecs
import re

HEAD = 4096  # bytes that are read to detect the format
ODT = b"mimetypeapplication/vnd.oasis.opendocument.text"
SUBRIP = re.compile(r"\s*\d+\s*\n\s*\d+:\d\d:\d\d[,.]\d+\s*-->")
TIME_MARK = re.compile(r"^\s*[\[(](?:\d{1,2}:)?\d{1,3}:\d\d(?:[.,]\d{1,3})?[\])]", re.MULTILINE)
UNWRITTEN = re.compile(r"[\x00-\x08\x0e-\x1a]")  # control characters that do not occur in texts


def reads_as_text(head: bytes) -> bool:
    """Return whether the first bytes of a file are text."""
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD else "ignore")
    except UnicodeDecodeError:
        return False
    return bool(text) and len(text) > len(head) * 0.9 and not UNWRITTEN.search(text)


def text_of(head: bytes) -> str:
    """Decode the first bytes of a file, without byte order mark and leading space."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore").lstrip("\ufeff \t\r\n")
    return head.decode("utf-8-sig", errors="ignore").lstrip()


def is_ohms(text: str) -> bool:
    """Return whether *text* is the start of an OHMS record in XML.

    OHMS is the Oral History Metadata Synchronizer.
    """
    return text.startswith("<") and ("nunncenter/ohms" in text or "<ROOT" in text)


def has_time_marks(text: str) -> bool:
    """Return whether a line of a text starts with a time in brackets."""
    return TIME_MARK.search(text) is not None
