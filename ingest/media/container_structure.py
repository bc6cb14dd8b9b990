"""Container structure that FFmpeg does not report: joined files, truncation, seek tables.

Sources: RIFF (Microsoft, 1991), AIFF (Apple, 1989), ISO/IEC 14496-12 for MP4 boxes, RFC 3533 for
Ogg pages. No standard describes the Xing, Info and VBRI frames of MP3.
"""

import io
import os
from pathlib import Path
from typing import BinaryIO

from library.capture.file_signatures import reads_as_text
from library.translation import gettext, mark

HEAD = 4096
LONGEST_PLAUSIBLE_RIFF = 0x7FFF_0000
"""Largest plausible RIFF size in bytes.

Recorders that cannot seek write a size near 2^31 or 2^32, which means "until the end".
"""
MOST_BOXES = 200_000


class Part(io.RawIOBase):
    """Read-only file object for the bytes *start* to *end* (exclusive) of a file."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._start, self._size, self._at = start, end - start, 0

    def readable(self) -> bool:
        """Return True: the part can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: the position can be set."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Return at most *size* bytes from the current position; all if None or negative."""
        remaining = max(0, self._size - self._at)
        self._file.seek(self._start + self._at)
        raw = self._file.read(remaining if size is None or size < 0 else min(size, remaining))
        self._at += len(raw)
        return raw

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position within the part to *offset* bytes and return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Return the position within the part in bytes."""
        return self._at

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def parts(path: Path) -> list[tuple[int, int]]:
    """Return byte ranges (start, end) of concatenated media files; one range for a plain file.

    Only WAV, AIFF and MP4 are split, because their demuxers stop at the end of the first file.
    Other demuxers continue with the next file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] in (b"RIFF", b"FORM"):
            starts = _chunk_starts(file, size, head[:4])
        elif head[4:8] == b"ftyp":
            starts = _box_starts(file, size)
        else:
            starts = [0]
    return list(zip(starts, [*starts[1:], size], strict=True))


def claimed_size(path: Path) -> int | None:
    """Return the file size in bytes that a WAV or AIFF header states; None if it is unknown."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] not in (b"RIFF", b"FORM"):
        return None
    size = _chunk_size(head)
    return size if 8 < size < LONGEST_PLAUSIBLE_RIFF else None


def ends_in_the_middle(path: Path) -> bool:
    """Return whether an Ogg file lacks the end-of-stream flag (RFC 3533, section 6)."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 0x20000))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page < 0 or page + 5 >= len(tail) or not tail[page + 5] & 4


def mp3_seek_table(path: Path) -> bool:
    """Return whether an MP3 file starts with a frame that states its length (Xing, Info, VBRI)."""
    with path.open("rb") as file:
        head = file.read(10)
        skip = 0
        if head[:3] == b"ID3" and len(head) == 10:
            skip = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
        file.seek(skip)
        frame = file.read(HEAD)
    return is_mp3_header(frame)


def is_mp3_header(raw: bytes) -> bool:
    """Return whether *raw* starts an MP3 file: an ID3 tag, or a Xing, Info or VBRI frame."""
    return raw[:3] == b"ID3" or any(mark in raw[:HEAD] for mark in (b"Xing", b"Info", b"VBRI"))


def why_unreadable(path: Path) -> str:
    """Return the error message for a file in which no recording was recognised."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not size:
        return gettext(
            "This file is empty (0 bytes). Copy it again from the recorder and upload the copy."
        )
    kinds = {
        b"%PDF": mark("a PDF document"),
        b"PK\x03\x04": mark("an archive or an office document"),
        b"\x89PNG": mark("a picture"),
        b"\xff\xd8\xff": mark("a picture"),
        b"GIF8": mark("a picture"),
    }
    for magic, kind in kinds.items():
        if head.startswith(magic):
            return gettext(
                "This file is %(kind)s, not a recording. Upload a recording.", kind=gettext(kind)
            )
    if head[4:8] == b"ftyp":
        return gettext(
            "The end of this recording is missing, without which it cannot be read. "
            "Copy the recording again from the device that recorded it."
        )
    if reads_as_text(head):
        return gettext("This file is a text, not a recording. Upload it as a note.")
    return gettext(
        "No recording could be recognised in this file: its beginning is damaged or missing, "
        "or its format is not supported. Copy it again, or export it as MP3, M4A, WAV or FLAC."
    )


def _chunk_size(head: bytes) -> int:
    """Return the file size in bytes that the first eight bytes of a RIFF or FORM file state."""
    return 8 + int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")


def _chunk_starts(file: BinaryIO, size: int, magic: bytes) -> list[int]:
    """Return the byte offset of each RIFF or FORM file in *file*."""
    starts = [0]
    while True:
        file.seek(starts[-1])
        end = starts[-1] + _chunk_size(file.read(8))
        end += end % 2
        file.seek(end)
        if end >= size or file.read(4) != magic:
            return starts
        starts.append(end)


def _box_starts(file: BinaryIO, size: int) -> list[int]:
    """Return the byte offset of each MP4 file in *file*, found by the `ftyp` boxes."""
    starts, at = [0], 0
    for _ in range(MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        if head[4:8] == b"ftyp" and at:
            starts.append(at)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or at + length >= size:
            break
        at += length
    return starts
