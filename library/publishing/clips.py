"""Clips: pieces of recordings to take along, cut by the worker and kept as a cache.

A clip is found by its source and its range, and only while the sound that it was cut from is
still what the player plays: a recording that loses a stretch loses its clips with it.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from library.access import Viewer
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.holdings import sources
from library.models import Clip, Source, SourceKind, now
from library.store import Library, Transaction
from library.withdrawal import trimming

LONGEST = 600.0  # seconds
SHORTEST = 0.2  # seconds
MOST_WAITING = 30
MOST_KEPT = 500  # clips; the oldest go first


def checked(source: Source, start: float, end: float) -> tuple[float, float]:
    """A range in seconds that can be cut out of a source, to the millisecond.

    Raises:
        InvalidInputError: it is empty, too long, or not within the recording.
    """
    end = min(end, source.duration or end)
    if start < 0 or end - start < SHORTEST:
        raise InvalidInputError("A clip begins before it ends, and within the recording.")
    if end - start > LONGEST:
        raise InvalidInputError(
            f"A clip is at most {LONGEST / 60:.0f} minutes long. Choose a shorter part, or share "
            "the address of its first second."
        )
    return round(start, 3), round(end, 3)


def ask(db: Transaction, viewer: Viewer, source_id: int, start: float, end: float) -> Clip:
    """The clip of this range (seconds), made if it is there, else waiting for the worker.

    Raises:
        NotFoundError: there is no such recording for *viewer*.
        InvalidInputError: the range cannot be cut.
        ConflictError: something is being taken out of the sound, or too many clips wait.
    """
    source = _recording(db, viewer, source_id)
    start, end = checked(source, start, end)
    trimming.require_trimmed(db, source_id)
    clip = _row(db, source_id, start, end)
    sound = _sound(source)
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
    """The clip of this range (seconds) if somebody asked for it and it is still good.

    Raises:
        NotFoundError: there is no such recording for *viewer*.
    """
    source = _recording(db, viewer, source_id)
    clip = _row(db, source_id, start, end)
    trimming.require_trimmed(db, source_id)
    good = clip is not None and clip.sound == _sound(source)
    return clip if good else None


def path(library: Library, clip: Clip) -> Path:
    """Where a clip's sound lies, or will lie."""
    folder = library.files.clip_folder(clip.source_id)
    return folder / f"{clip.start_ms}-{clip.end_ms}-{clip.sound[:12]}.m4a"


def waiting(db: Transaction) -> Sequence[Clip]:
    """The clips that are to be cut, the oldest request first."""
    wanted = (Clip.made_at.is_(None)) & (Clip.error == "")
    return db.scalars(
        select(Clip).where(wanted).order_by(Clip.asked_at).options(joinedload(Clip.source))
    ).all()


def settle(db: Transaction, read: Clip, *, error: str = "") -> bool:
    """Say that a clip is cut, or why it could not be; whether it may be kept.

    It may not when its session went, or when its sound was or will be changed, while it was cut.
    It is looked for by what was cut: SQLite gives the number of a removed clip to another.
    """
    cut = {name: getattr(read, name) for name in ("source_id", "start_ms", "end_ms", "sound")}
    clip = db.scalar(select(Clip).filter_by(**cut))
    if clip is None:
        return False
    changed = clip.sound != _sound(clip.source) or trimming.being_trimmed(db, clip.source_id)
    error = "The recording was changed meanwhile. Ask for the clip again." if changed else error
    clip.made_at, clip.error = None if error else now(), error
    return not error


def sweep(library: Library) -> None:
    """Remove the clips of sound that is gone or was changed, and the oldest beyond `MOST_KEPT`."""
    with library.transaction() as db:
        rows = db.scalars(
            select(Clip).order_by(Clip.asked_at.desc()).options(joinedload(Clip.source))
        ).all()
        good = [c for c in rows if c.sound == _sound(c.source)]
        kept = good[:MOST_KEPT]
        db.execute(delete(Clip).where(Clip.id.not_in([clip.id for clip in kept])))
        wanted = {path(library, clip) for clip in kept}
    for file in library.files.clips():
        if file not in wanted:
            file.unlink(missing_ok=True)


def _row(db: Transaction, source_id: int, start: float, end: float) -> Clip | None:
    return db.scalar(
        select(Clip).where(
            Clip.source_id == source_id, Clip.start_ms == _ms(start), Clip.end_ms == _ms(end)
        )
    )


def _sound(source: Source) -> str:
    """What the player plays: both run on the transcript's clock."""
    return source.web_sha256 or source.sha256


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _recording(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    source = sources.visible_source(db, viewer, source_id)
    if source.kind is not SourceKind.RECORDING:
        raise NotFoundError("There is no sound here.")
    return source
