"""Pinned answers: passages that a curator chose for a question, and for others like it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, or_, select, true

from library import audit
from library.access import Viewer, visible_sessions
from library.curating import review_desk
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import passage_rows, passages
from library.holdings.passage_rows import FoundPassage
from library.models import (
    MentoringSession,
    Passage,
    PinnedAnswer,
    PinnedPassage,
    PinnedQuestion,
    Source,
    now,
)
from library.store import Transaction

MOST_QUESTIONS = 20  # ways of asking one thing
MOST_PASSAGES = 5
LONGEST = 1000  # characters of a question or a note


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a pinned answer is to be."""

    questions: Sequence[str]
    passage_ids: Sequence[int]
    note: str = ""


def folded(question: str) -> str:
    """The words of a question in their order, without case and marks: what "asked alike" means."""
    return " ".join(re.findall(r"\w+", question.casefold()))


def save(
    db: Transaction, viewer: Viewer, wanted: Wanted, pin_id: int | None = None
) -> PinnedAnswer:
    """Keep an answer; with *pin_id*, in the place of an earlier one.

    Raises:
        NotAllowedError: *viewer* is neither a curator nor an administrator.
        NotFoundError: there is no such answer, or no such passage for *viewer*.
        InvalidInputError: it has no question or no passage, or too many.
    """
    _require_curator(db, viewer)
    questions = {folded(q): " ".join(q.split())[:LONGEST] for q in wanted.questions if folded(q)}
    numbers = list(dict.fromkeys(wanted.passage_ids))
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise InvalidInputError(f"Give it a question, and at most {MOST_QUESTIONS} in all.")
    if not 1 <= len(numbers) <= MOST_PASSAGES:
        raise InvalidInputError(f"Choose at least one passage, and at most {MOST_PASSAGES}.")
    found = passage_rows.by_ids(db, viewer, numbers)
    if missing := [number for number in numbers if number not in found]:
        raise NotFoundError(f"There is no passage {missing[0]}, or none that you may see.")
    pin = get(db, viewer, pin_id) if pin_id is not None else PinnedAnswer()
    if pin_id is None:
        pin.made_by = viewer.person_id
        db.add(pin)
    pin.note, pin.updated_at = wanted.note.strip()[:LONGEST], now()
    pin.questions, pin.passages = [], []
    db.flush()
    pin.questions = [PinnedQuestion(text=text, folded=key) for key, text in questions.items()]
    pin.passages = [
        PinnedPassage(
            position=position,
            passage_id=number,
            source_id=found[number].source_id,
            text_sha256=_hash(found[number].text),
        )
        for position, number in enumerate(numbers)
    ]
    db.flush()
    _log(db, viewer, "pin.save", pin.id)
    return pin


def remove(db: Transaction, viewer: Viewer, pin_id: int) -> None:
    """Show an answer first no longer.

    Raises:
        NotAllowedError, NotFoundError: as `get`.
    """
    db.delete(get(db, viewer, pin_id))
    db.flush()
    _log(db, viewer, "pin.remove", pin_id)


def get(db: Transaction, viewer: Viewer, pin_id: int) -> PinnedAnswer:
    """An answer, for those who may change it.

    Raises:
        NotAllowedError: *viewer* is neither a curator nor an administrator.
        NotFoundError: there is none of this number that *viewer* may know of.
    """
    _require_curator(db, viewer)
    query = select(PinnedAnswer).where(PinnedAnswer.id == pin_id, _known_to(viewer))
    if (pin := db.scalar(query)) is None:
        raise NotFoundError("There is no pinned answer of this number.")
    return pin


def everything(
    db: Transaction, viewer: Viewer, *, limit: int, before_id: int | None = None
) -> Sequence[PinnedAnswer]:
    """The pinned answers that *viewer* may know of, newest first.

    Raises:
        NotAllowedError: *viewer* is neither a curator nor an administrator.
    """
    _require_curator(db, viewer)
    known = select(PinnedAnswer).where(_known_to(viewer))
    query = known.order_by(PinnedAnswer.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(PinnedAnswer.id < before_id)
    return db.scalars(query).all()


def questions(db: Transaction) -> Sequence[tuple[int, str, str]]:
    """Every pinned question: the number of its answer, its text, and its words alone."""
    rows = db.execute(
        select(PinnedQuestion.pin_id, PinnedQuestion.text, PinnedQuestion.folded).order_by(
            PinnedQuestion.id
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def note_of(db: Transaction, pin_id: int) -> str:
    """What its curator wrote with an answer."""
    return db.scalar(select(PinnedAnswer.note).where(PinnedAnswer.id == pin_id)) or ""


def standing(db: Transaction, viewer: Viewer, pin_id: int) -> list[FoundPassage | None]:
    """Its passages as they are, in their order, of those that *viewer* may see.

    None stands for one that is gone, was changed since, or is not for *viewer*.
    """
    rows = db.scalars(
        select(PinnedPassage).where(PinnedPassage.pin_id == pin_id).order_by(PinnedPassage.position)
    ).all()
    return [_as_it_was(db, viewer, row) for row in rows]


def drop_fallen(db: Transaction, source_ids: Sequence[int]) -> None:
    """Forget pins whose words are gone from these sources, whoever may see them."""
    for row in db.scalars(
        select(PinnedPassage).where(PinnedPassage.source_id.in_(source_ids))
    ).all():
        if not _is_here(db, row):
            db.delete(row)
    db.flush()
    empty = select(PinnedAnswer.id).where(PinnedAnswer.id.not_in(select(PinnedPassage.pin_id)))
    db.execute(delete(PinnedAnswer).where(PinnedAnswer.id.in_(empty)))


def _is_here(db: Transaction, row: PinnedPassage) -> bool:
    texts = db.scalars(select(Passage.text).where(Passage.source_id == row.source_id))
    return any(_hash(text) == row.text_sha256 for text in texts)


def _as_it_was(db: Transaction, viewer: Viewer, row: PinnedPassage) -> FoundPassage | None:
    """The passage, or the one that has the same words in its place now."""
    passage = passage_rows.by_ids(db, viewer, [row.passage_id]).get(row.passage_id)
    if passage is None:
        now_there = passages.successor(db, viewer, row.passage_id) or 0
        passage = passage_rows.by_ids(db, viewer, [now_there]).get(now_there)
    same = passage is not None and _hash(passage.text) == row.text_sha256
    return passage if same else None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _known_to(viewer: Viewer) -> ColumnElement[bool]:
    """Of one's own, and of answers by a session that one may see: a question tells of its answer.

    Administrators know of all: also of what a session in the trash, or sealed, has answered.
    """
    if viewer.is_admin:
        return true()
    seen = (
        select(PinnedPassage.pin_id)
        .join(Source, Source.id == PinnedPassage.source_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(visible_sessions(viewer))
    )
    return or_(PinnedAnswer.made_by == viewer.person_id, PinnedAnswer.id.in_(seen))


def _require_curator(db: Transaction, viewer: Viewer) -> None:
    if not review_desk.curates(db, viewer):
        raise NotAllowedError("Curators and administrators pin answers.")


def _log(db: Transaction, viewer: Viewer, action: str, pin_id: int) -> None:
    subject = ("pinned-answer", pin_id)
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)
