"""Update of the release of sessions: immediately, or by the worker if there are many.

A change to a collection can affect the release of all its sessions. Deciding thousands in one
transaction would block other writers for seconds. So the change adds rows to `ReleaseDue` and hides
the sessions whose release may end. The worker then decides some sessions per transaction.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Exists, and_, exists, func, insert, or_, select, update

from library.consent import release
from library.models import (
    ConsentAnswer,
    MentoringSession,
    Release,
    ReleaseDue,
    Source,
    SpeakerConsent,
)
from library.store import Library, Transaction

AT_ONCE = 100  # sessions decided in the transaction of the change
PORTION = 50  # sessions in one transaction of the worker
KEYS = 500  # ids in one SQL statement


def settle_soon(db: Transaction, session_ids: Iterable[int], *, may_close: bool = True) -> None:
    """Update the release of sessions now, or by the worker if there are more than `AT_ONCE`.

    Args:
        db: transaction of the change that affects the releases.
        session_ids: ids of existing sessions.
        may_close: whether the change can end a release. If it can, and if the worker updates
            the sessions, those whose consent may no longer be valid are hidden immediately.
    """
    ids = sorted(set(session_ids))
    if len(ids) <= AT_ONCE:
        release.settle_all(db, ids)
        return
    db.flush()
    for first in range(0, len(ids), KEYS):
        _note(db, ids[first : first + KEYS], may_close=may_close)


def _note(db: Transaction, ids: Sequence[int], *, may_close: bool) -> None:
    """Add sessions to `ReleaseDue`. With *may_close*, hide those whose release may end."""
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
    """Return an SQL condition: an answer may no longer be valid consent to the session.

    The condition is true for each answer that is not valid, and for some valid answers.
    """
    newer = exists().where(
        Source.session_id == MentoringSession.id, Source.created_at > SpeakerConsent.answered_at
    )
    surely = and_(
        SpeakerConsent.state.in_([ConsentAnswer.AGREED, ConsentAnswer.WAIVED]),
        SpeakerConsent.audience == MentoringSession.visibility,
        SpeakerConsent.not_before.is_(None),
        ~newer,
    )
    return exists().where(
        SpeakerConsent.session_id == MentoringSession.id,
        ~or_(SpeakerConsent.state == ConsentAnswer.SAME, func.coalesce(surely, 0)),
    )


def finish(library: Library) -> int:
    """Update the release of all sessions in `ReleaseDue`. Return the number of sessions.

    Each transaction is short and updates at most `PORTION` sessions.
    """
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
    """Return the ids of sessions whose release the worker still has to decide."""
    return set(db.scalars(select(ReleaseDue.session_id)))
