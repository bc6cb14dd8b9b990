"""What a file is: by its first bytes, and where they do not tell, by its name."""

from pathlib import PurePosixPath

from library.editing.signatures import ODT, SUBRIP, has_time_marks, is_ohms, reads_as_text, text_of
from library.errors import InvalidInputError
from library.models import SourceKind

SUBTITLES = frozenset({".vtt", ".srt"})
NOTES = frozenset({".md", ".markdown", ".txt", ".text", ".pdf", ".docx", ".odt"})
SHOWN = "WebVTT, SubRip, OHMS XML, text with [00:12:34], or the JSON of Whisper"
WORD_PARTS = (b"[Content_Types].xml", b"word/", b"_rels/.rels", b"docProps/")
TAKEN = "Add a recording, a note (.md, .txt, .docx, .odt, .pdf) or a transcript."
TELLING = 256  # bytes of text that are surely no sound
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
USELESS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"8BPS": "a picture",
    b"II*\0": "a picture",
    b"MM\0*": "a picture",
    b"\x7fELF": "a program",
    b"MZ\x90\0": "a program",
    b"SQLite format 3": "a database",
    b"7z\xbc\xaf\x27\x1c": "a packed folder",
    b"Rar!\x1a\x07": "a packed folder",
    b"\x1f\x8b": "a packed file",
    b"BZh": "a packed file",
    b"\xfd7zXZ": "a packed file",
}
"""First bytes of what holds neither sound nor words."""
STILL_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif")  # brands of ISO/IEC 23008-12
NOT_DOCUMENTS = {
    ".xlsx": "a spreadsheet",
    ".ods": "a spreadsheet",
    ".pptx": "a presentation",
    ".odp": "a presentation",
    ".epub": "an electronic book",
}


def kind_of(filename: str, head: bytes = b"") -> SourceKind:
    """What a file is; *head* holds its first bytes.

    Raises:
        InvalidInputError: it is of a kind that holds neither sound nor words that we can read.
    """
    suffix = PurePosixPath(filename).suffix.lower()
    if head.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        raise InvalidInputError(
            f"“{filename}” is a document of an older office program. Save it as .docx, .odt, .pdf "
            "or plain text, and add that."
        )
    if b"%PDF-" in head[:1024]:
        return SourceKind.NOTE
    if head.startswith(b"PK\x03\x04"):
        return _packed(filename, suffix, head)
    if what := _useless(suffix, head):
        raise InvalidInputError(f"“{filename}” is {what}, not a recording. {TAKEN}")
    if suffix in SUBTITLES or _is_transcript(suffix, text_of(head)):
        return SourceKind.TRANSCRIPT
    if suffix in NOTES:
        return SourceKind.NOTE
    if len(head) >= TELLING and reads_as_text(head):
        raise InvalidInputError(
            f"“{filename}” is a text, not a recording, whatever its name says. To keep it as a "
            "note, let its name end in .txt or .md."
        )
    return SourceKind.RECORDING


def _useless(suffix: str, head: bytes) -> str:
    """What a file is that we can do nothing with; "" where it may be of use."""
    if head[8:12] == b"WEBP" or (head[4:8] == b"ftyp" and head[8:12] in STILL_PICTURES):
        return "a picture"
    known = [what for magic, what in USELESS.items() if head.startswith(magic)]
    if head[257:262] == b"ustar":
        return "a packed folder"
    named = {"a picture": PICTURES, "a program": PROGRAMS, "a packed folder": PACKED}
    return next(iter([*known, *(what for what, names in named.items() if suffix in names)]), "")


def _is_transcript(suffix: str, text: str) -> bool:
    if text.startswith("WEBVTT") or is_ohms(text):
        return True
    if suffix == ".json":
        return True
    plain = suffix in {".txt", ".text"}
    return plain and (SUBRIP.match(text) is not None or has_time_marks(text))


def _packed(filename: str, suffix: str, head: bytes) -> SourceKind:
    """A zip file is a document, or nothing for us."""
    if suffix in NOT_DOCUMENTS:
        raise InvalidInputError(
            f"“{filename}” is {NOT_DOCUMENTS[suffix]}. Save its words as .docx, .odt, .pdf or "
            "plain text, and add that."
        )
    if suffix in {".docx", ".odt"} or ODT in head or any(part in head for part in WORD_PARTS):
        return SourceKind.NOTE
    raise InvalidInputError(
        f"“{filename}” is a packed folder. Unpack it, and add the files that are in it."
    )
