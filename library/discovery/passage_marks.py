"""Marks of a person on passages: saved, helped, and tried (worked, partly, not).

A mark has a position, not words. Only the person who made it can see it. Marks never change the
order of search results.
"""

from datetime import timedelta

from sqlalchemy import delete, func, select

from library.access import Viewer, require_member
from library.discovery.marked_moments import MOST, main_speaker, on_sources
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import MarkKind, PassageMark, TriedOutcome, now
from library.sessions import read_models
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction

PER_DAY = 20  # moments that one person can mark as helped or tried in 24 hours
LONGEST_NOTE = 2000  # characters
LONGEST_FOLDER = 100
LONGEST_MOMENT = 600.0  # seconds


def put(
    db: Transaction,
    viewer: Viewer,
    passage_id: int,
    kind: MarkKind,
    *,
    outcome: TriedOutcome | None = None,
    start: float | None = None,
    end: float | None = None,
) -> PassageMark:
    """Mark a passage, or change the outcome of the viewer's mark on it.

    Args:
        db: the transaction.
        viewer: person who marks the passage.
        passage_id: id of the passage, or of an earlier passage that it replaced.
        kind: kind of the mark.
        outcome: result of trying; required for the kind `tried`, and only there.
        start: second of a moment within the passage; by default the start of the passage.
        end: end of this moment in seconds.

    Raises:
        NotAllowedError: *viewer* is a guest, or said the words. People can save their own words.
        NotFoundError: the passage does not exist, or *viewer* may not see it.
        InvalidInputError: the outcome does not belong to the kind, or there are too many marks.
    """
    require_member(viewer)
    if (kind is MarkKind.TRIED) != (outcome is not None):
        raise InvalidInputError(
            "Say how it went when you mark a moment as tried: it worked, partly or not."
        )
    passage = read_models.passage_for_address(db, viewer, passage_id)
    if kind is not MarkKind.SAVED and main_speaker(passage.speakers)[0] == viewer.person_id:
        raise NotAllowedError("These are your own words. You can save them, but not mark them.")
    mark = next(
        (
            mark
            for mark, at in on_sources(db, viewer, [passage.source_id], kind)
            if at == passage.id
        ),
        None,
    )
    if mark is None:
        _require_room(db, viewer, kind)
        begins, ends = _within(passage, start, end)
        mark = PassageMark(
            person_id=viewer.person_id,
            source_id=passage.source_id,
            segment=passage.first_segment,
            start=begins,
            end=ends,
            kind=kind,
        )
        db.add(mark)
    mark.outcome = outcome
    db.flush()
    return mark


def take_off(db: Transaction, viewer: Viewer, passage_id: int, kind: MarkKind) -> None:
    """Delete the viewer's marks of this kind on a passage.

    Raises:
        NotAllowedError: *viewer* is a guest.
        NotFoundError: the passage does not exist, or *viewer* may not see it.
    """
    require_member(viewer)
    passage = read_models.passage_for_address(db, viewer, passage_id)
    found = on_sources(db, viewer, [passage.source_id], kind)
    ids = [mark.id for mark, at in found if at == passage.id]
    db.execute(delete(PassageMark).where(PassageMark.id.in_(ids)))


def get(db: Transaction, viewer: Viewer, mark_id: int) -> PassageMark:
    """Return a mark of *viewer*.

    Raises:
        NotFoundError: *viewer* has no mark with this id.
    """
    mark = db.get(PassageMark, mark_id)
    if mark is None or mark.person_id != viewer.person_id:
        raise NotFoundError("This mark was not found. It may be removed already.")
    return mark


def describe(
    db: Transaction,
    viewer: Viewer,
    mark_id: int,
    *,
    folder: str | None = None,
    note: str | None = None,
) -> PassageMark:
    """Set the folder and the private note of a mark. None leaves a text as it is.

    Raises:
        NotFoundError: *viewer* has no mark with this id.
        InvalidInputError: the folder or the note is too long.
    """
    mark = get(db, viewer, mark_id)
    folder = mark.folder if folder is None else " ".join(folder.split())
    note = mark.note if note is None else note.strip()
    if len(folder) > LONGEST_FOLDER or len(note) > LONGEST_NOTE:
        raise InvalidInputError(
            "Shorten the folder to %(folder)s characters and the note to %(note)s.",
            folder=LONGEST_FOLDER,
            note=LONGEST_NOTE,
        )
    if (mark.folder, mark.note) != (folder, note):
        mark.folder, mark.note, mark.updated_at = folder, note, now()
    db.flush()
    return mark


def remove(db: Transaction, viewer: Viewer, mark_id: int) -> None:
    """Delete a mark with its note.

    Raises:
        NotFoundError: *viewer* has no mark with this id.
    """
    db.delete(get(db, viewer, mark_id))
    db.flush()


def _within(
    passage: FoundPassage, start: float | None, end: float | None
) -> tuple[float | None, float | None]:
    """Return start and end of a mark in seconds: those given if they begin in the passage."""
    if passage.start is None or passage.end is None or start is None:
        return passage.start, passage.end
    if not passage.start <= start < passage.end:
        return passage.start, passage.end
    is_moment = end is not None and start < end <= start + LONGEST_MOMENT
    return start, end if is_moment else passage.end


def _require_room(db: Transaction, viewer: Viewer, kind: MarkKind) -> None:
    """Require that *viewer* may make one more mark of this kind.

    Raises:
        InvalidInputError: there are too many marks.
    """
    mine = select(func.count(PassageMark.id)).where(PassageMark.person_id == viewer.person_id)
    if kind is MarkKind.SAVED:
        if (db.scalar(mine.where(PassageMark.kind == kind)) or 0) >= MOST:
            raise InvalidInputError(
                "You have saved %(number)s moments already. Remove some of them first.",
                number=MOST,
            )
        return
    today = PassageMark.created_at > now() - timedelta(days=1)
    if (db.scalar(mine.where(PassageMark.kind != MarkKind.SAVED, today)) or 0) >= PER_DAY:
        raise InvalidInputError(
            "You have marked %(number)s moments in 24 hours. Mark this one tomorrow.",
            number=PER_DAY,
        )
