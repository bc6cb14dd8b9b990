"""Covers are pictures and nothing else; what is replaced goes from the disk."""

import struct
import zlib

import av
import numpy as np
import pytest

from library.errors import LibraryError, NotAllowedError
from library.holdings import collections, covers
from library.pictures import LARGEST, PNG, clean
from tests.builders import OPERATOR

SECRET = b"taken at 51.5, -0.12 by a camera with a name"


def drawn(tmp_path, codec, name):
    """A small picture as PyAV writes it."""
    path = tmp_path / name
    with av.open(str(path), "w", format="image2") as out:
        stream = out.add_stream(codec, rate=1)
        stream.width, stream.height = 48, 32
        stream.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
        frame = av.VideoFrame.from_ndarray(np.full((32, 48, 3), 90, np.uint8), format="rgb24")
        for packet in (*stream.encode(frame.reformat(format=stream.pix_fmt)), *stream.encode()):
            out.mux(packet)
    return path.read_bytes()


def png_part(kind, body):
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def webp():
    """A lossless WebP of one pixel, with EXIF."""
    body = b"\x2f\x00\x00\x00\x00\x07\x10\xfd\x8f\xfe\x07\x22\xa2\xff\x01\x00"
    parts = b"VP8L" + struct.pack("<I", len(body)) + body
    parts += b"EXIF" + struct.pack("<I", len(SECRET)) + SECRET
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def opens(data, tmp_path):
    """Whether PyAV shows a picture of this size."""
    path = tmp_path / "cleaned"
    path.write_bytes(data)
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        return frame.width, frame.height


def test_what_a_camera_wrote_is_left_out(tmp_path):
    """Comments, EXIF and what hides behind the end go; the picture can still be opened."""
    png = drawn(tmp_path, "png", "one.png")
    told = png[:-12] + png_part(b"tEXt", b"c\0" + SECRET) + png[-12:] + b"<script>"
    jpeg = drawn(tmp_path, "mjpeg", "one.jpg")
    exif = b"\xff\xe1" + struct.pack(">H", len(SECRET) + 8) + b"Exif\0\0" + SECRET
    photo = jpeg[:2] + exif + jpeg[2:] + SECRET

    for data, media in ((told, "image/png"), (photo, "image/jpeg")):
        picture = clean(data)

        assert (picture.media_type, picture.width, picture.height) == (media, 48, 32)
        assert SECRET not in picture.data
        assert b"<script>" not in picture.data
        assert opens(picture.data, tmp_path) == (48, 32)
    small = clean(webp())
    assert (small.media_type, small.width, small.height) == ("image/webp", 1, 1)
    assert SECRET not in small.data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a<script>alert(1)</script>",
        PNG,
        PNG + png_part(b"IDAT", b"x"),
        PNG
        + png_part(b"IHDR", struct.pack(">IIBBBBB", 9000, 1, 8, 2, 0, 0, 0))
        + png_part(b"IEND", b""),
        PNG + b"\xff\xff\xff\xffIHDR",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x01",
        b"\xff\xd8\xff\xda\x00\x02" + b"\x01" * 50,
        b"RIFF\x04\x00\x00\x00WEBP",
        b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff",
        PNG + b"\0" * LARGEST,
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(data):
    """HTML, SVG and scripts called pictures, damaged files, and files that are too large."""
    with pytest.raises(LibraryError) as refused:
        clean(data)

    assert str(refused.value)


def test_a_cover_that_is_replaced_goes_from_the_disk(library, mentor, tmp_path):
    """Only curators choose one; the same bytes on another collection stay."""
    first, second = drawn(tmp_path, "png", "one.png"), drawn(tmp_path, "mjpeg", "two.jpg")
    with library.transaction() as db:
        one, two = (collections.add(db, OPERATOR, title=title) for title in ("One", "Two"))
    with pytest.raises(NotAllowedError):
        covers.put(library, mentor.viewer, one.id, first, "")
    for shelf in (one, two):
        covers.put(library, OPERATOR, shelf.id, first, " Two people on a  bench ")
    with library.reading() as db:
        kept = collections.get(db, one.id).cover_sha256
        assert collections.get(db, one.id).cover_words == "Two people on a bench"

    covers.put(library, OPERATOR, one.id, second, "")
    assert library.files.has(kept)
    covers.remove(library, OPERATOR, two.id)

    assert not library.files.has(kept)
    with library.reading() as db:
        assert library.files.has(collections.get(db, one.id).cover_sha256)
