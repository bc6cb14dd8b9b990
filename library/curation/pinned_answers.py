"""Pinned answers: passages that a curator chose for a question and for similar questions."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, or_, select, true

from library import audit
from library.access import Viewer, visible_sessions
from library.curation import review
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import (
    MentoringSession,
    Passage,
    PinnedAnswer,
    PinnedPassage,
    PinnedQuestion,
    Source,
    now,
)
from library.sessions import passage_queries, passages
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction

MOST_QUESTIONS = 20  # wordings of one question
MOST_PASSAGES = 5
LONGEST = 1000  # characters of a question or a note


@dataclass(frozen=True, kw_only=True)
class PinInput:
    """Values that a curator enters for a pinned answer."""

    questions: Sequence[str]
    passage_ids: Sequence[int]
    note: str = ""


def folded(question: str) -> str:
    """Return a question case-folded, without punctuation.

    Two questions with the same result are treated as equal.
    """
    return " ".join(re.findall(r"\w+", question.casefold()))


def save(
    db: Transaction, viewer: Viewer, wanted: PinInput, pin_id: int | None = None
) -> PinnedAnswer:
    """Save a new pinned answer, or change the pinned answer *pin_id*.

    Raises:
        NotAllowedError: *viewer* is neither a curator nor an administrator.
        NotFoundError: the answer or a passage does not exist, or *viewer* may not see it.
        InvalidInputError: the answer has no question or no passage, or too many.
    """
    _require_curator(db, viewer)
    questions = {folded(q): " ".join(q.split())[:LONGEST] for q in wanted.questions if folded(q)}
    numbers = list(dict.fromkeys(wanted.passage_ids))
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise InvalidInputError(
            "Enter at least one question, and at most %(number)s.", number=MOST_QUESTIONS
        )
    if not 1 <= len(numbers) <= MOST_PASSAGES:
        raise InvalidInputError(
            "Choose at least one passage, and at most %(number)s.", number=MOST_PASSAGES
        )
    found = passage_queries.by_ids(db, viewer, numbers)
    if missing := [number for number in numbers if number not in found]:
        raise NotFoundError(
            "The passage %(number)s was not found, or you may not see it.", number=missing[0]
        )
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
    """Remove a pinned answer.

    Raises:
        NotAllowedError, NotFoundError: for the same reasons as `get`.
    """
    db.delete(get(db, viewer, pin_id))
    db.flush()
    _log(db, viewer, "pin.remove", pin_id)


def get(db: Transaction, viewer: Viewer, pin_id: int) -> PinnedAnswer:
    """Return a pinned answer that *viewer* may change.

    Raises:
        NotAllowedError: *viewer* is neither a curator nor an administrator.
        NotFoundError: the answer does not exist, or *viewer* may not see it.
    """
    _require_curator(db, viewer)
    query = select(PinnedAnswer).where(PinnedAnswer.id == pin_id, _known_to(viewer))
    if (pin := db.scalar(query)) is None:
        raise NotFoundError("This pinned answer was not found, or you may not see it.")
    return pin


def everything(
    db: Transaction, viewer: Viewer, *, limit: int, before_id: int | None = None
) -> Sequence[PinnedAnswer]:
    """Return pinned answers that *viewer* may see, newest first.

    For the next page, pass the last id of this page as *before_id*.

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
    """Return (pinned answer id, text, text after `folded`) of every pinned question."""
    rows = db.execute(
        select(PinnedQuestion.pin_id, PinnedQuestion.text, PinnedQuestion.folded).order_by(
            PinnedQuestion.id
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def pinned_for(db: Transaction, viewer: Viewer, asked: Collection[str]) -> dict[str, int]:
    """Return the ids of pinned answers by question, for those of *asked* that are pinned.

    Only pinned answers that *viewer* may see are returned.

    Raises:
        NotAllowedError: *viewer* is neither a curator nor an administrator.
    """
    _require_curator(db, viewer)
    keys = {folded(question): question for question in asked}
    rows = db.execute(
        select(PinnedQuestion.folded, PinnedQuestion.pin_id)
        .join(PinnedAnswer, PinnedAnswer.id == PinnedQuestion.pin_id)
        .where(PinnedQuestion.folded.in_(keys), _known_to(viewer))
    )
    return {keys[key]: pin_id for key, pin_id in rows}


def note_of(db: Transaction, pin_id: int) -> str:
    """Return the curator's note of a pinned answer, or "" if there is none."""
    return db.scalar(select(PinnedAnswer.note).where(PinnedAnswer.id == pin_id)) or ""


def current_passages(db: Transaction, viewer: Viewer, pin_id: int) -> list[FoundPassage | None]:
    """Return the passages of a pinned answer in order, with None for each missing passage.

    A passage is missing if it was removed or changed, or if *viewer* may not see it.
    """
    rows = db.scalars(
        select(PinnedPassage).where(PinnedPassage.pin_id == pin_id).order_by(PinnedPassage.position)
    ).all()
    return [_unchanged(db, viewer, row) for row in rows]


def delete_without_text(db: Transaction, source_ids: Sequence[int]) -> None:
    """Delete pinned passages whose text is no longer in these sources.

    Pinned answers without passages are deleted, too.
    """
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


def _unchanged(db: Transaction, viewer: Viewer, row: PinnedPassage) -> FoundPassage | None:
    """Return the pinned passage, or its successor with the same text; else None."""
    passage = passage_queries.by_ids(db, viewer, [row.passage_id]).get(row.passage_id)
    if passage is None:
        now_there = passages.successor(db, viewer, row.passage_id) or 0
        passage = passage_queries.by_ids(db, viewer, [now_there]).get(now_there)
    same = passage is not None and _hash(passage.text) == row.text_sha256
    return passage if same else None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _known_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: *viewer* may see the pinned answer.

    The viewer pinned it, or may see a session that it quotes. Other pinned answers stay hidden,
    because a question can reveal something about the session. Administrators see all pinned
    answers, also those with sessions in the trash.
    """
    if viewer.is_admin:
        return true()
    visible = (
        select(PinnedPassage.pin_id)
        .join(Source, Source.id == PinnedPassage.source_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(visible_sessions(viewer))
    )
    return or_(PinnedAnswer.made_by == viewer.person_id, PinnedAnswer.id.in_(visible))


def _require_curator(db: Transaction, viewer: Viewer) -> None:
    if not review.curates(db, viewer):
        raise NotAllowedError("Only curators and administrators can pin answers.")


def _log(db: Transaction, viewer: Viewer, action: str, pin_id: int) -> None:
    subject = ("pinned-answer", pin_id)
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)
