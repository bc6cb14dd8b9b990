"""Decoder of plain text files."""

import codecs

from library.errors import InvalidInputError

LARGEST = 20 * 1024 * 1024  # bytes; ten times the longest books


def read_text(content: bytes, filename: str) -> str:
    """Decode UTF-8, UTF-16 with a byte order mark, or else Windows-1252. Line ends become LF.

    Raises:
        InvalidInputError: The file is empty, too large, or not text.
    """
    if not content.strip():
        raise InvalidInputError("%(filename)s is empty. Choose another file.", filename=filename)
    if len(content) > LARGEST:
        raise InvalidInputError(
            "%(filename)s is far longer than a book. Cut it into parts.", filename=filename
        )
    text = _decode(content)
    if "\x00" in text or text.count("\ufffd") > len(text) / 100:
        raise InvalidInputError(
            "%(filename)s is not text. Save it as plain text (UTF-8) first.", filename=filename
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
