"""Pictures that people upload: PNG, JPEG or WebP, with nothing in them but the picture.

A file is taken apart by its format's own structure and put together again from the parts that
show it: what a camera wrote of place and owner, comments, and whatever hides behind the end are
left out, and what only pretends to be a picture is refused. (PNG: W3C, third edition; JPEG:
ITU-T T.81; WebP: RFC 9649.)
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from library.errors import InvalidInputError, TooLargeError

LARGEST = 5 * 1024 * 1024  # bytes
WIDEST = 8000  # pixels each way
PNG = b"\x89PNG\r\n\x1a\n"
PNG_PARTS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT"}
WEBP_PARTS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
JPEG_LEFT_OUT = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # APPn but JFIF and Adobe's, and comments
JPEG_FRAMES = {0xC0, 0xC1, 0xC2}
WEBP_METADATA = 0x2E  # flags of VP8X for a colour profile, EXIF, XMP, animation


@dataclass(frozen=True)
class Picture:
    """A picture that can be shown to anybody."""

    data: bytes
    media_type: str
    width: int  # pixels
    height: int


def clean(data: bytes) -> Picture:
    """The picture in a file, by its own bytes whatever it is called.

    Raises:
        TooLargeError: it has more bytes or pixels than a cover needs.
        InvalidInputError: it is no PNG, JPEG or WebP, or a damaged one.
    """
    if len(data) > LARGEST:
        raise TooLargeError(f"A picture may have up to {LARGEST // 1024**2} MiB.")
    try:
        if data.startswith(PNG):
            picture = _png(data)
        elif data.startswith(b"\xff\xd8\xff"):
            picture = _jpeg(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            picture = _webp(data)
        else:
            raise InvalidInputError("A picture must be a PNG, JPEG or WebP file.")
    except (struct.error, IndexError) as error:
        raise InvalidInputError("This picture is damaged: it ends too early.") from error
    if not (0 < picture.width <= WIDEST and 0 < picture.height <= WIDEST):
        raise TooLargeError(f"A picture may be up to {WIDEST} pixels wide and high.")
    return picture


def _png(data: bytes) -> Picture:
    kept, width, height, ended = [PNG], 0, 0, False
    for kind, body in _png_chunks(data):
        if len(kept) == 1:
            if kind != b"IHDR":
                raise InvalidInputError("This PNG is damaged: it has no header.")
            width, height = struct.unpack_from(">II", body)
        if kind in PNG_PARTS:
            check = zlib.crc32(kind + body)
            kept.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check))
        ended = kind == b"IEND"
    if not ended:
        raise InvalidInputError("This picture is damaged: it ends too early.")
    return Picture(b"".join(kept), "image/png", width, height)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", data, at + 8 + length)
        if check != zlib.crc32(kind + body):
            raise InvalidInputError("This PNG is damaged: a part of it does not add up.")
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length


def _jpeg(data: bytes) -> Picture:
    kept, at, size = [b"\xff\xd8"], 2, (0, 0)
    while True:
        if data[at] != 0xFF:
            raise InvalidInputError(
                "This JPEG is damaged. Save it anew, or choose another picture."
            )
        marker = data[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise InvalidInputError("This picture is damaged: it ends too early.")
        if marker in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        if marker == 0xDA:  # what follows is the picture, up to the next marker
            end = _scan_end(data, end)
        if marker not in JPEG_LEFT_OUT:
            kept.append(data[at:end])
        at = end
    return Picture(b"".join([*kept, b"\xff\xd9"]), "image/jpeg", *size)


def _scan_end(data: bytes, at: int) -> int:
    """Where the coded picture ends: at a marker that is no restart and no stuffed byte."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise InvalidInputError("This picture is damaged: it ends too early.")
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


def _webp(data: bytes) -> Picture:
    kept, size = [], (0, 0)
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    at = 12
    while at + 8 <= end:
        kind = data[at : at + 4]
        (length,) = struct.unpack_from("<I", data, at + 4)
        body = data[at + 8 : at + 8 + length]
        if len(body) != length:
            raise InvalidInputError("This picture is damaged: it ends too early.")
        if kind == b"VP8X":
            body = bytes([body[0] & ~WEBP_METADATA]) + body[1:]
            size = tuple(int.from_bytes(body[i : i + 3], "little") + 1 for i in (4, 7))  # type: ignore[assignment]
        elif kind == b"VP8 " and size == (0, 0):
            if body[3:6] != b"\x9d\x01\x2a":
                raise InvalidInputError(
                    "This WebP is damaged. Save it anew, or choose another picture."
                )
            size = tuple(one & 0x3FFF for one in struct.unpack_from("<HH", body, 6))
        elif kind == b"VP8L" and size == (0, 0):
            (bits,) = struct.unpack_from("<I", body, 1)
            size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        if kind in WEBP_PARTS:
            kept.append(kind + struct.pack("<I", length) + body + b"\0" * (length % 2))
        at += 8 + length + length % 2
    if not any(part[:4] in {b"VP8 ", b"VP8L"} for part in kept):
        raise InvalidInputError("This WebP holds no still picture. Save it as a PNG or JPEG.")
    whole = b"WEBP" + b"".join(kept)
    return Picture(b"RIFF" + struct.pack("<I", len(whole)) + whole, "image/webp", *size)
