"""Originals of redacted sources: destroy them, or keep them encrypted (sealed)."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from sqlalchemy import select

from library import audit, sealing
from library.access import Viewer, require_admin
from library.errors import InvalidInputError, NotFoundError
from library.models import (
    Collection,
    CollectionEntry,
    Originals,
    SealedOriginal,
    Source,
    SourceKind,
)
from library.removal import legal_holds
from library.sessions.segments import SegmentDraft
from library.settings import Settings
from library.store import Library, Transaction
from library.transcripts import versions

LONGEST_REASON = 500  # characters, for opening a sealed original


def policy_for(settings: Settings, db: Transaction, session_id: int) -> Originals:
    """Return the rule for the originals of a session after a redaction.

    The rule is that of the session's collections, or else the library's setting. If the
    collections have different rules, originals are destroyed. Under a legal hold, originals are
    always sealed.

    Raises:
        InvalidInputError: the setting of the library is neither "destroy" nor "seal".
    """
    if legal_holds.is_held(db, session_id):
        return Originals.SEAL
    rules = db.scalars(
        select(Collection.originals)
        .join(CollectionEntry, CollectionEntry.collection_id == Collection.id)
        .where(CollectionEntry.session_id == session_id, Collection.originals.is_not(None))
    ).all()
    if rules:
        return Originals.DESTROY if Originals.DESTROY in rules else Originals.SEAL
    try:
        return Originals(settings.originals)
    except ValueError as error:
        raise InvalidInputError(
            "LIVING_HISTORY_ORIGINALS must be destroy or seal. Ask the administrator to correct it."
        ) from error


def replace_text(
    library: Library, db: Transaction, source: Source, originals: Originals
) -> list[str]:
    """Replace the text files of a source by files made from the current transcript.

    A note becomes Markdown, an imported transcript becomes WebVTT. The worker rewrites sound.

    Returns:
        The SHA-256 of each file to delete.
    """
    version = versions.current_version(db, source.id)
    segments = versions.drafts_of(db, version.id) if version else []
    old: list[str] = []
    if source.kind is not SourceKind.RECORDING:
        old.append(source.sha256)
        if originals is Originals.SEAL:
            _seal_text(library, db, source, (source.sha256, source.filename))
        note = source.kind is SourceKind.NOTE
        source.filename = _renamed(source.filename, ".md" if note else ".vtt")
        text = _as_note(segments) if note else _as_webvtt(segments)
        source.sha256, source.size = library.files.keep([text.encode()])
    if source.transcript_sha256 is not None:
        old.append(source.transcript_sha256)
        name = source.transcript_filename or "transcript.vtt"
        if originals is Originals.SEAL:
            _seal_text(library, db, source, (source.transcript_sha256, name))
        source.transcript_filename = _renamed(name, ".vtt")
        source.transcript_sha256, _ = library.files.keep([_as_webvtt(segments).encode()])
    return [h for h in old if h not in {source.sha256, source.transcript_sha256}]


def sealed_name(source_id: int, sha256: str) -> str:
    """Return the name of a sealed file. It is deterministic and does not reveal the SHA-256."""
    return hashlib.sha256(f"{source_id} {sha256}".encode()).hexdigest()


def seal(library: Library, name: str, sha256: str) -> int:
    """Encrypt the stored file *sha256* into the sealed file *name*. Return its size in bytes.

    Repeated calls are safe.
    """
    key = sealing.key_of(library.settings.home)
    return sealing.seal(library.files.path(sha256), library.files.sealed(name), key)


def note_sealed(db: Transaction, source: Source, *, name: str, filename: str, size: int) -> None:
    """Store a row for a sealed file of *source*, unless the row exists."""
    known = db.scalar(select(SealedOriginal).where(SealedOriginal.name == name))
    if known is None:
        db.add(
            SealedOriginal(
                session_id=source.session_id,
                source_id=source.id,
                name=name,
                filename=filename[:300],
                size=size,
            )
        )
        db.flush()


def sealed(db: Transaction, viewer: Viewer) -> Sequence[SealedOriginal]:
    """Return the sealed originals, newest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    return db.scalars(select(SealedOriginal).order_by(SealedOriginal.id.desc())).all()


def open_sealed(
    library: Library, viewer: Viewer, sealed_id: int, reason: str
) -> tuple[str, Iterator[bytes]]:
    """Return the file name and bytes of a sealed original. Write an audit event.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: no sealed original has this id.
        InvalidInputError: *reason* is empty, or the file or its key was changed.
    """
    require_admin(viewer)
    if not reason.strip():
        raise InvalidInputError("Enter a reason. It is written to the audit log.")
    with library.transaction() as db:
        row = db.get(SealedOriginal, sealed_id)
        if row is None or not library.files.sealed(row.name).is_file():
            raise NotFoundError("This sealed original does not exist any more.")
        audit.record(
            db,
            viewer.person_id,
            "sealed-original.open",
            ("sealed-original", row.id),
            words={"reason": reason.strip()},
            address=viewer.address,
        )
    key = sealing.key_of(library.settings.home)
    return row.filename, sealing.unseal(library.files.sealed(row.name), key)


def _seal_text(library: Library, db: Transaction, source: Source, file: tuple[str, str]) -> None:
    """Seal a text original, given as its SHA-256 and file name."""
    name = sealed_name(source.id, file[0])
    size = seal(library, name, file[0])
    note_sealed(db, source, name=name, filename=file[1], size=size)


def _renamed(filename: str, suffix: str) -> str:
    return str(PurePosixPath(filename).with_suffix(suffix))[:300]


def _as_note(segments: Sequence[SegmentDraft]) -> str:
    return "\n\n".join(segment.text for segment in segments) + "\n"


def _as_webvtt(segments: Sequence[SegmentDraft]) -> str:
    """Return segments as WebVTT (W3C) with voice tags for the speakers."""
    cues = ["WEBVTT"]
    for segment in segments:
        words = _escaped(" ".join(segment.text.split()))
        voice = f"<v {_escaped(segment.speaker)}>" if segment.speaker else ""
        times = f"{_stamp(segment.start or 0.0)} --> {_stamp(segment.end or 0.0)}"
        cues.append(f"{times}\n{voice}{words}")
    return "\n\n".join(cues) + "\n"


def _stamp(seconds: float) -> str:
    whole = round(seconds * 1000)
    hours, minutes = whole // 3_600_000, whole // 60_000 % 60
    return f"{hours:02}:{minutes:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
