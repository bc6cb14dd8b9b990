"""Clips: parts of recordings for download, cut by the worker and cached.

A clip is valid only while the player uses the audio file from which the clip was cut. A redaction
changes that file, so all clips of the recording become invalid.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from library.access import Viewer
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import Clip, Source, SourceKind, now
from library.removal import pending_trims
from library.sessions import sources
from library.store import Library, Transaction
from library.translation import mark

LONGEST = 600.0  # seconds
SHORTEST = 0.2  # seconds
MOST_WAITING = 30
MOST_KEPT = 500  # clips; the oldest are deleted first


def validate_range(source: Source, start: float, end: float) -> tuple[float, float]:
    """Return start and end in seconds, rounded to milliseconds. Limit the end to the recording.

    Raises:
        InvalidInputError: the range is empty, too long, or outside the recording.
    """
    end = min(end, source.duration or end)
    if start < 0 or end - start < SHORTEST:
        raise InvalidInputError(
            "A clip must begin before it ends, and within the recording. Choose another range."
        )
    if end - start > LONGEST:
        raise InvalidInputError(
            "A clip is at most %(minutes)s minutes long. Choose a shorter part, or share "
            "the link to the second where it begins.",
            minutes=f"{LONGEST / 60:.0f}",
        )
    return round(start, 3), round(end, 3)


def request(db: Transaction, viewer: Viewer, source_id: int, start: float, end: float) -> Clip:
    """Return the clip of a range in seconds. Create a request for the worker if needed.

    Raises:
        NotFoundError: the recording does not exist, or *viewer* may not see it.
        InvalidInputError: the range cannot be cut.
        ConflictError: redacted sound is still being cut from the recording, or too many clips
            wait.
    """
    source = _recording(db, viewer, source_id)
    start, end = validate_range(source, start, end)
    pending_trims.require_trimmed(db, source_id)
    clip = _row(db, source_id, start, end)
    sound = _audio_sha256(source)
    if clip is not None and clip.sound == sound and not clip.error:
        return clip
    waiting = db.scalar(select(func.count(Clip.id)).where(Clip.made_at.is_(None))) or 0
    if waiting >= MOST_WAITING:
        raise ConflictError("Many clips are being cut already. Try again in a minute.")
    if clip is None:
        clip = Clip(source_id=source_id, start_ms=_ms(start), end_ms=_ms(end), sound=sound)
        db.add(clip)
    clip.sound, clip.asked_at, clip.made_at, clip.error = sound, now(), None, ""
    db.flush()
    return clip


def find(db: Transaction, viewer: Viewer, source_id: int, start: float, end: float) -> Clip | None:
    """Return the clip of a range in seconds if it was requested and is still valid.

    Raises:
        NotFoundError: the recording does not exist, or *viewer* may not see it.
    """
    source = _recording(db, viewer, source_id)
    clip = _row(db, source_id, start, end)
    pending_trims.require_trimmed(db, source_id)
    good = clip is not None and clip.sound == _audio_sha256(source)
    return clip if good else None


def path(library: Library, clip: Clip) -> Path:
    """Return the path of a clip's file, which may not exist yet."""
    folder = library.files.clip_folder(clip.source_id)
    return folder / f"{clip.start_ms}-{clip.end_ms}-{clip.sound[:12]}.m4a"


def waiting(db: Transaction) -> Sequence[Clip]:
    """Return the clips to cut, the oldest request first."""
    condition = (Clip.made_at.is_(None)) & (Clip.error == "")
    return db.scalars(
        select(Clip).where(condition).order_by(Clip.asked_at).options(joinedload(Clip.source))
    ).all()


def settle(db: Transaction, read: Clip, *, error: str = "") -> bool:
    """Record that a clip was cut, or the *error*. Return whether the file of the clip may stay.

    The file may not stay if the session was deleted or the audio changed while the clip was cut.
    The row is found by range and audio: SQLite can give the id of a deleted row to a new one.
    """
    cut = {name: getattr(read, name) for name in ("source_id", "start_ms", "end_ms", "sound")}
    clip = db.scalar(select(Clip).filter_by(**cut))
    if clip is None:
        return False
    changed = clip.sound != _audio_sha256(clip.source) or pending_trims.being_trimmed(
        db, clip.source_id
    )
    error = (
        mark("The recording was changed meanwhile. Request the clip again.") if changed else error
    )
    clip.made_at, clip.error = None if error else now(), error
    return not error


def delete_stale(library: Library) -> None:
    """Delete clips of removed or changed audio. Keep only the newest 500 (`MOST_KEPT`) clips."""
    with library.transaction() as db:
        rows = db.scalars(
            select(Clip).order_by(Clip.asked_at.desc()).options(joinedload(Clip.source))
        ).all()
        good = [c for c in rows if c.sound == _audio_sha256(c.source)]
        recent = good[:MOST_KEPT]
        db.execute(delete(Clip).where(Clip.id.not_in([clip.id for clip in recent])))
        paths = {path(library, clip) for clip in recent}
    for file in library.files.clips():
        if file not in paths:
            file.unlink(missing_ok=True)


def _row(db: Transaction, source_id: int, start: float, end: float) -> Clip | None:
    return db.scalar(
        select(Clip).where(
            Clip.source_id == source_id, Clip.start_ms == _ms(start), Clip.end_ms == _ms(end)
        )
    )


def _audio_sha256(source: Source) -> str:
    """Return the SHA-256 of the file that the player plays: the web copy or the original."""
    return source.web_sha256 or source.sha256


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _recording(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    source = sources.visible_source(db, viewer, source_id)
    if source.kind is not SourceKind.RECORDING:
        raise NotFoundError("This source has no audio. Choose a recording.")
    return source
