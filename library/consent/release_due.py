"""Working out the release of many sessions: a few at once, the others by the worker.

A change to a collection can touch the release of every session in it. Working out thousands in
one transaction would hold the database for seconds. So the change itself notes them in
`ReleaseDue`, and hides those that it may close; the worker then settles some in a transaction.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Exists, and_, exists, func, insert, or_, select, update

from library.consent import release
from library.models import (
    Answer,
    MentoringSession,
    Release,
    ReleaseDue,
    Source,
    SpeakerRelease,
)
from library.store import Library, Transaction

AT_ONCE = 100  # sessions that are settled in the transaction of the change itself
PORTION = 50  # sessions in one transaction of the worker
KEYS = 500  # ids in one statement


def settle_soon(db: Transaction, session_ids: Iterable[int], *, may_close: bool = True) -> None:
    """Settle these sessions: now if they are few, else soon; what may close is hidden at once.

    Args:
        db: the transaction of the change after which they are settled.
        session_ids: sessions that are there.
        may_close: whether the change can close a session that others find now.
    """
    ids = sorted(set(session_ids))
    if len(ids) <= AT_ONCE:
        release.settle_all(db, ids)
        return
    db.flush()
    for first in range(0, len(ids), KEYS):
        _note(db, ids[first : first + KEYS], may_close=may_close)


def _note(db: Transaction, ids: Sequence[int], *, may_close: bool) -> None:
    """Note that these sessions are to be settled, and hide those that may be closed."""
    here = MentoringSession.id.in_(ids)
    rows = select(MentoringSession.id, MentoringSession.release).where(here)
    noted = insert(ReleaseDue).prefix_with("OR IGNORE")
    db.execute(noted.from_select([ReleaseDue.session_id, ReleaseDue.was], rows))
    if may_close:
        found = here & MentoringSession.release.in_(release.OPEN) & ~MentoringSession.sample
        db.execute(
            update(MentoringSession)
            .where(found, _an_answer_may_not_hold())
            .values(release=Release.WAITING)
            .execution_options(synchronize_session="fetch")
        )


def _an_answer_may_not_hold() -> Exists:
    """Whether a session has an answer of which it takes more than a query to know that it holds."""
    newer = exists().where(
        Source.session_id == MentoringSession.id, Source.created_at > SpeakerRelease.answered_at
    )
    surely = and_(
        SpeakerRelease.state.in_([Answer.AGREED, Answer.WAIVED]),
        SpeakerRelease.audience == MentoringSession.visibility,
        SpeakerRelease.not_before.is_(None),
        ~newer,
    )
    return exists().where(
        SpeakerRelease.session_id == MentoringSession.id,
        ~or_(SpeakerRelease.state == Answer.SAME, func.coalesce(surely, 0)),
    )


def finish(library: Library) -> int:
    """Settle what is due, in short transactions; gives how many sessions those were."""
    settled = 0
    while True:
        with library.reading() as db:
            ids = db.scalars(select(ReleaseDue.session_id).limit(PORTION)).all()
        if not ids:
            return settled
        with library.transaction() as db:
            release.settle_all(db, ids)
        settled += len(ids)


def ids(db: Transaction) -> set[int]:
    """Return the sessions whose release is still to be worked out."""
    return set(db.scalars(select(ReleaseDue.session_id)))
