"""Detection of file types, by the first bytes and, if they are not enough, by the name."""

from pathlib import PurePosixPath

from library.capture.file_signatures import (
    ODT,
    SUBRIP,
    has_time_marks,
    is_ohms,
    reads_as_text,
    text_of,
)
from library.errors import InvalidInputError
from library.models import SourceKind
from library.translation import gettext, mark

SUBTITLES = frozenset({".vtt", ".srt"})
TRANSCRIPTS = (*sorted(SUBTITLES), ".xml", ".json", ".txt", ".text")  # some also end notes
NOTES = (".md", ".markdown", ".txt", ".text", ".docx", ".odt", ".pdf")
SOUND = ("audio/*", "video/*", ".mp3", ".m4a", ".aac", ".wav", ".flac", ".ogg", ".opus")
FILMS = (".webm", ".mp4", ".mov")
ACCEPTED = ",".join(dict.fromkeys((*SOUND, *FILMS, *TRANSCRIPTS, *NOTES)))
"""Files that a person can choose for a session, as in the attribute `accept` of HTML."""
ACCEPTED_TRANSCRIPTS = ",".join(TRANSCRIPTS)
SHOWN = mark("WebVTT, SubRip, OHMS XML, text with [00:12:34], or the JSON of Whisper")
WORD_PARTS = (b"[Content_Types].xml", b"word/", b"_rels/.rels", b"docProps/")
TAKEN = mark("Add a recording, a note (.md, .txt, .docx, .odt, .pdf) or a transcript.")
TELLING = 256  # bytes: if this many are text, the file is not a recording
PICTURES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".bmp",
        ".tif",
        ".tiff",
        ".heic",
        ".avif",
        ".svg",
        ".ico",
        ".psd",
    }
)
PROGRAMS = frozenset({".exe", ".msi", ".dll", ".so", ".dmg", ".iso", ".apk", ".jar", ".bat"})
PACKED = frozenset({".zip", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".tar"})
PICTURE = mark("“%(name)s” is a picture, not a recording.")
PROGRAM = mark("“%(name)s” is a program, not a recording.")
DATABASE = mark("“%(name)s” is a database, not a recording.")
ARCHIVE = mark("“%(name)s” is a compressed folder, not a recording.")
COMPRESSED = mark("“%(name)s” is a compressed file, not a recording.")
USELESS = {
    b"\x89PNG": PICTURE,
    b"\xff\xd8\xff": PICTURE,
    b"GIF8": PICTURE,
    b"8BPS": PICTURE,
    b"II*\0": PICTURE,
    b"MM\0*": PICTURE,
    b"\x7fELF": PROGRAM,
    b"MZ\x90\0": PROGRAM,
    b"SQLite format 3": DATABASE,
    b"7z\xbc\xaf\x27\x1c": ARCHIVE,
    b"Rar!\x1a\x07": ARCHIVE,
    b"\x1f\x8b": COMPRESSED,
    b"BZh": COMPRESSED,
    b"\xfd7zXZ": COMPRESSED,
}
"""Message by first bytes, for files that contain neither sound nor text."""
STILL_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif")  # brands of ISO/IEC 23008-12
SPREADSHEET = mark("“%(name)s” is a spreadsheet.")
PRESENTATION = mark("“%(name)s” is a presentation.")
NOT_DOCUMENTS = {
    ".xlsx": SPREADSHEET,
    ".ods": SPREADSHEET,
    ".pptx": PRESENTATION,
    ".odp": PRESENTATION,
    ".epub": mark("“%(name)s” is an e-book."),
}


def kind_of(filename: str, head: bytes = b"") -> SourceKind:
    """Return the type of a file from its name and first bytes (*head*).

    Raises:
        InvalidInputError: files of this type contain no readable sound or text.
    """
    suffix = PurePosixPath(filename).suffix.lower()
    if head.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        raise InvalidInputError(
            "“%(name)s” is a document in an older format. Save it as .docx, .odt, .pdf or "
            "plain text, and add that file.",
            name=filename,
        )
    if b"%PDF-" in head[:1024]:
        return SourceKind.NOTE
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(filename, suffix, head)
    if what := _unsupported_kind(suffix, head):
        raise InvalidInputError(f"{gettext(what, name=filename)} {gettext(TAKEN)}")
    if suffix in SUBTITLES or _is_transcript(suffix, text_of(head)):
        return SourceKind.TRANSCRIPT
    if suffix in NOTES:
        return SourceKind.NOTE
    if len(head) >= TELLING and reads_as_text(head):
        raise InvalidInputError(
            "“%(name)s” is a text, not a recording. To add it as a note, rename it so that its "
            "name ends in .txt or .md.",
            name=filename,
        )
    return SourceKind.RECORDING


def _unsupported_kind(suffix: str, head: bytes) -> str:
    """Return a message for an unsupported file type, or "" if the type may be supported."""
    if head[8:12] == b"WEBP" or (head[4:8] == b"ftyp" and head[8:12] in STILL_PICTURES):
        return PICTURE
    known = [what for magic, what in USELESS.items() if head.startswith(magic)]
    if head[257:262] == b"ustar":
        return ARCHIVE
    named = {PICTURE: PICTURES, PROGRAM: PROGRAMS, ARCHIVE: PACKED}
    return next(iter([*known, *(what for what, names in named.items() if suffix in names)]), "")


def _is_transcript(suffix: str, text: str) -> bool:
    if text.startswith("WEBVTT") or is_ohms(text):
        return True
    if suffix == ".json":
        return True
    plain = suffix in {".txt", ".text"}
    return plain and (SUBRIP.match(text) is not None or has_time_marks(text))


def _zip_kind(filename: str, suffix: str, head: bytes) -> SourceKind:
    """Return the type of a ZIP file that is a supported document.

    Raises:
        InvalidInputError: the file is an unsupported document or a compressed folder.
    """
    if suffix in NOT_DOCUMENTS:
        what = gettext(NOT_DOCUMENTS[suffix], name=filename)
        otherwise = gettext("Save its text as .docx, .odt, .pdf or plain text, and add that file.")
        raise InvalidInputError(f"{what} {otherwise}")
    if suffix in {".docx", ".odt"} or ODT in head or any(part in head for part in WORD_PARTS):
        return SourceKind.NOTE
    raise InvalidInputError(
        "“%(name)s” is a compressed folder. Extract it, and add the files in it.",
        name=filename,
    )
