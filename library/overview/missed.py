"""Questions that found little: counted where the library does so and the asker agrees.

Only `search.gaps` reads the rows, and it gives away nothing that fewer than a number of people
asked alike (k-anonymity, Sweeney 2002).
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from library.access import Viewer, require_member
from library.accounts.service import service
from library.models import MissedQuestion, Person, UncountedPerson, now
from library.store import Transaction

KEPT = timedelta(days=365)  # after which a question is counted no more
MOST = 100  # questions of one person: nobody makes a gap alone
LONGEST = 500  # characters
NEWEST = 3000  # questions that are looked at together
WORD = re.compile(r"[^\W_]+")


def is_counted(db: Transaction, viewer: Viewer) -> bool:
    """Whether what *viewer* asks is counted where it finds little."""
    return (
        viewer.person_id is not None
        and service(db).gap_map
        and db.get(UncountedPerson, viewer.person_id) is None
    )


def folded(question: str) -> str:
    """A question without case, accents and marks: two people who type alike ask the same."""
    plain = unicodedata.normalize("NFKD", question.casefold())
    return " ".join(WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def note(
    db: Transaction, viewer: Viewer, question: str, *, model: str = "", vector: bytes | None = None
) -> None:
    """Count a question that found little, once a person; where that is not wanted, do nothing.

    Args:
        db: where to.
        viewer: who asked.
        question: what they asked.
        model: that made the vector.
        vector: of the question: float16, little-endian, unit length.
    """
    same = folded(question)
    if not same or len(question) > LONGEST or not is_counted(db, viewer):
        return
    mine = select(MissedQuestion).where(MissedQuestion.person_id == viewer.person_id)
    kept = db.scalar(mine.where(MissedQuestion.folded == same))
    if kept is None:
        kept = MissedQuestion(person_id=viewer.person_id, folded=same)
        db.add(kept)
    kept.question, kept.asked_at = " ".join(question.split()), now()
    kept.model, kept.vector = model, vector
    db.flush()
    older = mine.with_only_columns(MissedQuestion.id).order_by(
        MissedQuestion.asked_at.desc(), MissedQuestion.id.desc()
    )
    too_many = db.scalars(older.offset(MOST)).all()
    db.execute(delete(MissedQuestion).where(MissedQuestion.id.in_(too_many)))
    db.execute(delete(MissedQuestion).where(MissedQuestion.asked_at < now() - KEPT))


def count_me(db: Transaction, viewer: Viewer, *, counted: bool) -> None:
    """Let *viewer*'s questions be counted, or take out what was counted and count no more.

    Raises:
        NotAllowedError: *viewer* has not signed in.
    """
    require_member(viewer)
    if counted:
        db.execute(delete(UncountedPerson).where(UncountedPerson.person_id == viewer.person_id))
        return
    forget(db, viewer)
    db.merge(UncountedPerson(person_id=viewer.person_id))
    db.flush()


def forget(db: Transaction, viewer: Viewer) -> None:
    """Take out what was counted of *viewer*, as when they clear their history."""
    db.execute(delete(MissedQuestion).where(MissedQuestion.person_id == viewer.person_id))


def every(db: Transaction) -> Sequence[MissedQuestion]:
    """The questions that are counted, newest first: for `search.gaps` alone."""
    return db.scalars(
        select(MissedQuestion)
        .join(Person, Person.id == MissedQuestion.person_id)
        .where(MissedQuestion.asked_at >= now() - KEPT)
        .order_by(MissedQuestion.asked_at.desc(), MissedQuestion.id.desc())
        .limit(NEWEST)
    ).all()
