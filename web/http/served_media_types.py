"""Content types of served media. Only listed types are shown inline."""

import mimetypes

from library.models import Source

# All other types are served as attachments, so that an uploaded
# HTML file cannot run scripts on this origin.
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
    """Return the content type of the web copy of a source, or of its original file.

    The original is used if *original* is True, or if there is no web copy. If the stored type is
    not known, it is guessed from the file name. A type that is not in `PLAYABLE` becomes
    `application/octet-stream`.
    """
    known = source.media_type if original else source.web_media_type or source.media_type
    if known == OTHER:
        known = mimetypes.guess_type(source.filename)[0] or OTHER
    return PLAYABLE.get(known.split(";")[0].strip().lower(), OTHER)
