"""Uploaded pictures: PNG, JPEG or WebP, without metadata.

Pillow decodes a picture and encodes it again. Camera metadata such as location and owner, comments,
colour profiles and trailing bytes are removed. Files that only look like a picture are refused.
"""

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from library.errors import InvalidInputError, TooLargeError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

LARGEST = 5 * 1024 * 1024  # bytes
WIDEST = 8000  # pixels of width, and of height
# Exceptions of Pillow's decoders for damaged files. `Warning`: Python can be set to raise warnings.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    EOFError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
    Warning,
)
ONE_AT_A_TIME = threading.Lock()  # decoding the largest picture takes over 512 MB of memory


@dataclass(frozen=True)
class _Format:
    """Name, media type and options with which Pillow writes a picture."""

    name: str
    media_type: str
    options: dict[str, int] = field(default_factory=dict)


# Keys are Pillow's names of formats. Many phones write several pictures to one JPEG file, which
# Pillow calls MPO. The first of them is the photograph.
FORMATS = {
    "PNG": _Format("PNG", "image/png"),
    "JPEG": _Format("JPEG", "image/jpeg", {"quality": 90}),
    "MPO": _Format("JPEG", "image/jpeg", {"quality": 90}),
    "WEBP": _Format("WEBP", "image/webp", {"quality": 90}),
}


@dataclass(frozen=True)
class Picture:
    """Picture without metadata, safe to publish."""

    data: bytes
    media_type: str
    width: int  # pixels
    height: int


def clean(data: bytes) -> Picture:
    """Return the picture in a file, rotated upright. The format is detected from the bytes.

    An animated PNG becomes its first frame.

    Raises:
        TooLargeError: the file has too many bytes or pixels.
        InvalidInputError: the file is not a valid PNG, JPEG or still WebP.
    """
    if len(data) > LARGEST:
        raise TooLargeError(
            "This picture is too large. Choose one of up to %(mib)s MiB.", mib=LARGEST // 1024**2
        )
    with ONE_AT_A_TIME, _refusals():
        with _opened(data) as image:
            image.verify()  # checks the checksums of a PNG
        with _opened(data) as image:
            return _written_again(image)


@contextmanager
def _refusals() -> Iterator[None]:
    """Convert the errors of Pillow to errors of the library."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise InvalidInputError("A picture must be a PNG, JPEG or WebP file.") from error
    except DAMAGED as error:
        raise InvalidInputError(
            "This picture is damaged. Save it again, or choose another picture."
        ) from error


def _opened(data: bytes) -> "ImageFile":
    """Open a picture: read its header and check width and height. No pixels are decoded."""
    from PIL import Image

    image = Image.open(BytesIO(data), formats=["PNG", "JPEG", "WEBP"])
    if not (0 < image.width <= WIDEST and 0 < image.height <= WIDEST):
        raise _too_many_pixels()
    return image


def _too_many_pixels() -> TooLargeError:
    return TooLargeError(
        "This picture is too large. Choose one that is at most %(pixels)s pixels wide and high.",
        pixels=WIDEST,
    )


def _written_again(image: "ImageFile") -> Picture:
    """Decode a picture and encode its first frame, without metadata."""
    form = FORMATS[str(image.format)]
    if form.name == "WEBP" and getattr(image, "is_animated", False):
        raise InvalidInputError("This WebP file is an animation. Save it as a PNG or JPEG picture.")
    image.load()
    upright = _upright(image)
    if upright.mode == "CMYK":  # colours for print, which some browsers do not show
        upright = upright.convert("RGB")
    # Pillow writes entries of `info` to the file. Only the transparent colour is part of a picture.
    upright.info = {key: upright.info[key] for key in ("transparency",) if key in upright.info}
    out = BytesIO()
    upright.save(out, format=form.name, **form.options)
    return Picture(out.getvalue(), form.media_type, upright.width, upright.height)


def _upright(image: "Image") -> "Image":
    """Return the picture, rotated by its EXIF orientation. Unreadable EXIF data is ignored."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except DAMAGED:
        return image
