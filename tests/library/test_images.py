"""Tests of images: invalid files are refused, and metadata is removed."""

import struct
import warnings
import zlib
from io import BytesIO

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from library.errors import InvalidInputError, LibraryError, TooLargeError
from library.images import LARGEST, WIDEST, clean
from tests.library.collections.test_covers import write_picture

PNG = b"\x89PNG\r\n\x1a\n"
SECRET = b"taken at 51.5, -0.12 by a camera with a name"


def png_part(kind, body):
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def webp():
    """Return a lossless WebP of one pixel that contains EXIF."""
    body = b"\x2f\x00\x00\x00\x00\x07\x10\xfd\x8f\xfe\x07\x22\xa2\xff\x01\x00"
    parts = b"VP8L" + struct.pack("<I", len(body)) + body
    parts += b"EXIF" + struct.pack("<I", len(SECRET)) + SECRET
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def opens(data, tmp_path):
    """Return the size of a picture in pixels, as PyAV reads it."""
    path = tmp_path / "cleaned"
    path.write_bytes(data)
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        return frame.width, frame.height


def test_metadata_of_a_picture_is_removed(tmp_path):
    """Comments, EXIF, and bytes after the end of a picture are removed.

    The picture can still be opened.
    """
    png = write_picture(tmp_path, "png", "one.png")
    with_metadata = png[:-12] + png_part(b"tEXt", b"c\0" + SECRET) + png[-12:] + b"<script>"
    jpeg = write_picture(tmp_path, "mjpeg", "one.jpg")
    exif = b"\xff\xe1" + struct.pack(">H", len(SECRET) + 8) + b"Exif\0\0" + SECRET
    photo = jpeg[:2] + exif + jpeg[2:] + SECRET

    for data, media in ((with_metadata, "image/png"), (photo, "image/jpeg")):
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
def test_an_invalid_picture_is_refused(data):
    """A file that is damaged, too large or in another format is refused as a picture."""
    with pytest.raises(LibraryError) as refused:
        clean(data)

    assert str(refused.value)


def encode(image, form, **options):
    """Return an image as the bytes of a file in this format."""
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def decode(data):
    """Return the image in the bytes of a file."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def header(width, height):
    """Return the beginning of a PNG of this size, without pixel data."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG + png_part(b"IHDR", size) + png_part(b"IDAT", b"x") + png_part(b"IEND", b"")


def halves(mode="RGB"):
    """Return a picture that is red on the left and blue on the right."""
    image = Image.new(mode, (48, 32), "blue")
    image.paste("red", (0, 0, 24, 32))
    return image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_upright(form):
    """A picture is rotated as its EXIF orientation says. No EXIF is left."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation 6, a turn clockwise: the left side becomes the top
    exif[0x010F] = SECRET.decode()

    picture = clean(encode(halves(), form, exif=exif))

    image = decode(picture.data)
    assert (picture.width, picture.height) == image.size == (32, 48)
    assert dict(image.getexif()) == {}
    assert SECRET not in picture.data
    (red, _, blue), (other_red, _, other_blue) = (
        image.convert("RGB").getpixel((16, y)) for y in (4, 43)
    )
    assert (red > 200, blue < 50) == (True, True)
    assert (other_blue > 200, other_red < 50) == (True, True)


def test_profiles_comments_and_xmp_are_left_out():
    """Colour profiles, comments and XMP are removed from PNG, JPEG and WebP files."""
    files = [
        encode(halves(), "PNG", icc_profile=SECRET),
        encode(halves(), "JPEG", icc_profile=SECRET, comment=SECRET, xmp=SECRET),
        encode(halves(), "WEBP", icc_profile=SECRET, xmp=SECRET),
    ]

    for data in files:
        picture = clean(data)

        assert SECRET not in picture.data
        info = decode(picture.data).info
        assert not info.keys() & {"icc_profile", "comment", "xmp", "exif", "dpi"}


def test_what_is_transparent_stays_transparent():
    """Transparent pixels stay transparent, with an alpha channel or a transparent colour."""
    clear = Image.new("RGBA", (48, 32), (200, 30, 30, 0))
    clear.paste((200, 30, 30, 255), (0, 0, 24, 32))
    palette = halves().quantize(2)
    blue = palette.getpixel((40, 4))
    files = [
        encode(clear, "PNG"),
        encode(clear, "WEBP", lossless=True),
        encode(palette, "PNG", transparency=blue),
    ]

    for data in files:
        image = decode(clean(data).data).convert("RGBA")

        assert [image.getpixel((x, 4))[3] for x in (4, 40)] == [255, 0]


@pytest.mark.parametrize("form", ["JPEG", "MPO"])
def test_a_photograph_is_a_jpeg_that_browsers_show(form):
    """A JPEG in CMYK, or with several pictures (MPO), is converted to an RGB JPEG."""
    options = {"save_all": True, "append_images": [halves()]} if form == "MPO" else {}
    mode = "CMYK" if form == "JPEG" else "RGB"

    picture = clean(encode(halves().convert(mode), form, **options))

    image = decode(picture.data)
    assert (picture.media_type, image.format, image.mode) == ("image/jpeg", "JPEG", "RGB")


def test_an_animated_picture_becomes_its_first_frame_or_is_refused():
    """An animated PNG is reduced to its first frame. An animated WebP is refused."""
    frames = {"save_all": True, "append_images": [Image.new("RGB", (48, 32), "green")]}

    image = decode(clean(encode(halves(), "PNG", **frames)).data)

    assert not getattr(image, "is_animated", False)
    assert image.getpixel((4, 4)) == (255, 0, 0)
    with pytest.raises(InvalidInputError, match="is an animation"):
        clean(encode(halves(), "WEBP", **frames))


@pytest.mark.parametrize("warned", ["error", "ignore"])
@pytest.mark.parametrize("size", [(WIDEST + 1, 1), (9500, 9500), (2**31 - 1, 2**31 - 1)])
def test_a_picture_with_too_many_pixels_is_refused_by_its_header(size, warned):
    """A picture with too many pixels is refused before its pixels are decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter(warned)
        with pytest.raises(TooLargeError, match="pixels wide"):
            clean(header(*size))


def test_a_picture_that_ends_too_early_is_refused():
    """A truncated PNG, JPEG or WebP file is refused."""
    noise = Image.effect_noise((64, 64), 90)

    for form in ("PNG", "JPEG", "WEBP"):
        data = encode(noise, form)
        for end in (20, len(data) // 3, len(data) * 3 // 4):
            with pytest.raises(InvalidInputError):
                clean(data[:end])


def test_a_picture_whose_checksum_is_wrong_is_refused():
    """A PNG with a flipped bit in its pixels is refused as damaged."""
    data = bytearray(encode(Image.effect_noise((64, 64), 90), "PNG"))
    data[len(data) // 2] ^= 1

    with pytest.raises(InvalidInputError, match="damaged"):
        clean(bytes(data))


def samples():
    """Return a small file of each format that can be read."""
    exif = Image.Exif()
    exif[0x0112] = 3
    clear = halves("RGBA")
    return [
        encode(halves(), "PNG", exif=exif),
        encode(halves().quantize(4), "PNG", transparency=0),
        encode(halves(), "PNG", save_all=True, append_images=[Image.new("RGB", (48, 32))]),
        encode(halves(), "JPEG", exif=exif, comment=b"here"),
        encode(halves(), "JPEG", progressive=True),
        encode(halves(), "MPO", save_all=True, append_images=[halves()]),
        encode(halves(), "WEBP", exif=exif, xmp=b"there"),
        encode(clear, "WEBP", lossless=True),
    ]


SAMPLES = samples()
CHANGES = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=4)


@given(st.sampled_from(SAMPLES), CHANGES, st.integers(0, 200), st.booleans())
def test_damaged_pictures_raise_nothing_but_the_two_errors(sample, changes, cut, mend):
    """A picture with changed or missing bytes is cleaned or raises `InvalidInputError`.

    Some of the damaged PNG files have correct checksums.
    """
    damaged = bytearray(sample)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    data = bytes(damaged[: len(damaged) - cut])
    if mend and data.startswith(PNG):
        data = with_valid_checksums(data)

    try:
        picture = clean(data)
    except InvalidInputError:
        return

    assert decode(picture.data).size == (picture.width, picture.height)


def with_valid_checksums(data):
    """Return a PNG with correct checksums for all complete chunks."""
    out, at = [PNG], len(PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 8 : at + 8 + length]
        out.append(png_part(data[at + 4 : at + 8], body))
        at += 12 + length
    return b"".join(out)
