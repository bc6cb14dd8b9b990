"""What a browser is told that it gets."""

import mimetypes

from library.models import Source

# Nothing else is ever shown inline, so that a file which is
# really a page cannot act in our name.
PLAYABLE = {
    "audio/aac": "audio/aac",
    "audio/flac": "audio/flac",
    "audio/x-flac": "audio/flac",
    "audio/mp4": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/mpeg": "audio/mpeg",
    "audio/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/webm": "audio/webm",
    "video/mp4": "video/mp4",
    "video/ogg": "video/ogg",
    "video/quicktime": "video/quicktime",
    "video/webm": "video/webm",
}
OTHER = "application/octet-stream"


def content_type(source: Source, *, original: bool = False) -> str:
    """The type of a source's sound: its web copy's, its own, or what its name suggests."""
    known = source.media_type if original else source.web_media_type or source.media_type
    if known == OTHER:
        known = mimetypes.guess_type(source.filename)[0] or OTHER
    return PLAYABLE.get(known.split(";")[0].strip().lower(), OTHER)
