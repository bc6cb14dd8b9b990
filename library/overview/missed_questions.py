"""Missed questions: questions over the whole library for which no answer was found.

They are counted only if an administrator switched this on and the person has not opted out. A
person who opted out can still have one question counted.
Only `search.overview.gaps` reads the rows. It hides questions asked by fewer than a set number
of people (k-anonymity, Sweeney 2002).
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from library.access import Viewer, require_member
from library.accounts.service_settings import service
from library.errors import InvalidInputError
from library.models import Person, QuestionCountOptOut, UnansweredQuestion, now
from library.store import Transaction

KEPT = timedelta(days=365)  # time after which a question is deleted
MOST = 100  # questions of one person, so that no single person dominates the counts
LONGEST = 500  # characters
NEWEST = 3000  # questions that are compared
WORD = re.compile(r"[^\W_]+")


def is_counted(db: Transaction, viewer: Viewer) -> bool:
    """Return whether missed questions of *viewer* are counted."""
    return (
        viewer.person_id is not None
        and service(db).gap_map
        and db.get(QuestionCountOptOut, viewer.person_id) is None
    )


def may_wish(db: Transaction, viewer: Viewer) -> bool:
    """Return whether *viewer* can have single questions counted."""
    return viewer.person_id is not None and service(db).gap_map


def is_stored(db: Transaction, viewer: Viewer, question: str) -> bool:
    """Return whether this question of *viewer* is counted."""
    return _row(db, viewer, folded(question)) is not None


def folded(question: str) -> str:
    """Return a question without case, accents and punctuation, to compare questions."""
    plain = unicodedata.normalize("NFKD", question.casefold())
    return " ".join(WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def note(
    db: Transaction, viewer: Viewer, question: str, *, model: str = "", vector: bytes | None = None
) -> None:
    """Store a missed question of *viewer*, if it may be counted.

    Args:
        db: a transaction.
        viewer: person who asked.
        question: question as typed.
        model: name of the embedding model of *vector*.
        vector: embedding of the question: float16, little-endian, unit length.
    """
    if is_counted(db, viewer):
        _store(db, viewer, question, model=model, vector=vector)


def wish(db: Transaction, viewer: Viewer, question: str) -> None:
    """Store one question that *viewer* wants to have answered, also after an opt-out.

    Raises:
        NotAllowedError: *viewer* has not signed in.
        InvalidInputError: the library counts no questions, or this one has no words, or too many.
    """
    require_member(viewer)
    if not may_wish(db, viewer):
        raise InvalidInputError("This library does not count unanswered questions.")
    if not folded(question) or len(question) > LONGEST:
        raise InvalidInputError(
            "Enter a question with at most %(longest)s characters.", longest=LONGEST
        )
    _store(db, viewer, question)


def _row(db: Transaction, viewer: Viewer, same: str) -> UnansweredQuestion | None:
    return db.scalar(
        select(UnansweredQuestion).where(
            UnansweredQuestion.person_id == viewer.person_id, UnansweredQuestion.folded == same
        )
    )


def _store(
    db: Transaction, viewer: Viewer, question: str, *, model: str = "", vector: bytes | None = None
) -> None:
    """Store a question, and delete old ones. Equal questions of a person are stored once."""
    same = folded(question)
    if not same or len(question) > LONGEST:
        return
    row = _row(db, viewer, same)
    if row is None:
        row = UnansweredQuestion(person_id=viewer.person_id, folded=same)
        db.add(row)
    row.question, row.asked_at = " ".join(question.split()), now()
    row.model, row.vector = model, vector
    db.flush()
    older = (
        select(UnansweredQuestion.id)
        .where(UnansweredQuestion.person_id == viewer.person_id)
        .order_by(UnansweredQuestion.asked_at.desc(), UnansweredQuestion.id.desc())
    )
    too_many = db.scalars(older.offset(MOST)).all()
    db.execute(delete(UnansweredQuestion).where(UnansweredQuestion.id.in_(too_many)))
    db.execute(delete(UnansweredQuestion).where(UnansweredQuestion.asked_at < now() - KEPT))


def set_counting(db: Transaction, viewer: Viewer, *, counted: bool) -> None:
    """Set whether missed questions of *viewer* are counted. If not, delete the stored questions.

    Raises:
        NotAllowedError: *viewer* has not signed in.
    """
    require_member(viewer)
    if counted:
        db.execute(
            delete(QuestionCountOptOut).where(QuestionCountOptOut.person_id == viewer.person_id)
        )
        return
    forget(db, viewer)
    db.merge(QuestionCountOptOut(person_id=viewer.person_id))
    db.flush()


def forget(db: Transaction, viewer: Viewer) -> None:
    """Delete the missed questions of *viewer*."""
    db.execute(delete(UnansweredQuestion).where(UnansweredQuestion.person_id == viewer.person_id))


def all_counted(db: Transaction) -> Sequence[UnansweredQuestion]:
    """Return up to 3000 (`NEWEST`) missed questions of all people from one year, newest first."""
    return db.scalars(
        select(UnansweredQuestion)
        .join(Person, Person.id == UnansweredQuestion.person_id)
        .where(UnansweredQuestion.asked_at >= now() - KEPT)
        .order_by(UnansweredQuestion.asked_at.desc(), UnansweredQuestion.id.desc())
        .limit(NEWEST)
    ).all()
