"""What a media file's own bytes say that its demuxer does not: parts, cuts, kinds.

Sources: RIFF (Microsoft, 1991), AIFF (Apple, 1989), ISO/IEC 14496-12 for MP4 boxes, RFC 3533 for
Ogg pages; the Xing, Info and VBRI frames of MP3 were never written down in a standard.
"""

import io
import os
from pathlib import Path
from typing import BinaryIO

from library.editing.signatures import reads_as_text

HEAD = 4096
LONGEST_HONEST_RIFF = 0x7FFF_0000
"""Recorders that cannot go back write a size near 2^31 or 2^32: it means "until the end"."""
MOST_BOXES = 200_000


class Part(io.RawIOBase):
    """Bytes *start* to *end* of a file, as a file of their own."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._start, self._size, self._at = start, end - start, 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """At most *size* bytes from here on."""
        left = max(0, self._size - self._at)
        self._file.seek(self._start + self._at)
        raw = self._file.read(left if size is None or size < 0 else min(size, left))
        self._at += len(raw)
        return raw

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to *offset*, counted within the part."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Where the next read begins, counted within the part."""
        return self._at

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def parts(path: Path) -> list[tuple[int, int]]:
    """Byte ranges of the files that were glued together in *path*; one range for a plain file.

    Only for containers whose readers stop at the end of the first (WAV, AIFF, MP4): with the
    others, reading on is enough.
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
    """Bytes that a WAV or AIFF file says it has, None where it does not say."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] not in (b"RIFF", b"FORM"):
        return None
    said = _chunk_size(head)
    return said if 8 < said < LONGEST_HONEST_RIFF else None


def ends_in_the_middle(path: Path) -> bool:
    """Whether this is an Ogg file whose last page lacks the end mark (RFC 3533, section 6)."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 0x20000))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page < 0 or page + 5 >= len(tail) or not tail[page + 5] & 4


def mp3_seek_table(path: Path) -> bool:
    """Whether an MP3 file begins with a frame (Xing, Info, VBRI) that says how long it is."""
    with path.open("rb") as file:
        head = file.read(10)
        skip = 0
        if head[:3] == b"ID3" and len(head) == 10:
            skip = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
        file.seek(skip)
        frame = file.read(HEAD)
    return is_mp3_header(frame)


def is_mp3_header(raw: bytes) -> bool:
    """Whether *raw* holds an MP3 file's beginning (a tag or a frame that describes the rest)."""
    return raw[:3] == b"ID3" or any(mark in raw[:HEAD] for mark in (b"Xing", b"Info", b"VBRI"))


def why_unreadable(path: Path) -> str:
    """A sentence for a file in which no recording was recognised."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not size:
        return "This file is empty (0 bytes). Copy it again from the recorder and upload that."
    kinds = {
        b"%PDF": "a PDF document",
        b"PK\x03\x04": "an archive or an office document",
        b"\x89PNG": "a picture",
        b"\xff\xd8\xff": "a picture",
        b"GIF8": "a picture",
    }
    for magic, kind in kinds.items():
        if head.startswith(magic):
            return f"This is {kind}, not a recording, whatever its name says."
    if head[4:8] == b"ftyp":
        return (
            "This recording was cut off before its index, which MP4 and M4A files keep at the end, "
            "so it cannot be read. Copy it again from the device that recorded it."
        )
    if reads_as_text(head):
        return "This is a text, not a recording, whatever its name says. Upload it as a note."
    return (
        "No recording could be recognised in this file: its beginning is damaged or missing, "
        "or it is of another kind. Copy it again, or export it as MP3, M4A, WAV or FLAC."
    )


def _chunk_size(head: bytes) -> int:
    """Bytes of a RIFF or FORM file as its first eight bytes say."""
    return 8 + int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")


def _chunk_starts(file: BinaryIO, size: int, magic: bytes) -> list[int]:
    """Where each RIFF or FORM file in *file* begins."""
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
    """Where each MP4 file in *file* begins: at its `ftyp` box."""
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
