"""Bytes that ought to be text, read as text."""

import codecs

from library.errors import InvalidInputError

LARGEST = 20 * 1024 * 1024  # bytes; the longest books are a tenth of it


def read_text(content: bytes, filename: str) -> str:
    """The text in *content*: UTF-8, UTF-16 with its mark, else Windows-1252.

    Raises:
        InvalidInputError: there is no text in it.
    """
    if not content.strip():
        raise InvalidInputError(f"{filename} is empty. Choose the file once more.")
    if len(content) > LARGEST:
        raise InvalidInputError(f"{filename} is far longer than a book. Cut it into parts.")
    text = _decode(content)
    if "\x00" in text or text.count("\ufffd") > len(text) / 100:
        raise InvalidInputError(f"{filename} is not text. Save it as plain text (UTF-8) first.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
