"""Processing state and leases of sources. The database has the state; the queue wakes the worker.

A source goes RECEIVED -> DECODED -> TRANSCRIBED -> INDEXED. Each finished stage is saved. A worker
has a lease that its heartbeat renews. After the lease expires, work resumes after the last finished
stage.

A source fails if its processing raises an error or crashes the worker `MAX_CRASHES` times. It also
fails after `MAX_ATTEMPTS` attempts without progress. A stop of the worker or of the machine is not
a crash.
"""

import signal
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from library.access import Viewer, editable_sessions, visible_sessions
from library.errors import ConflictError
from library.models import Event, MentoringSession, Source, Stage, State, now
from library.notifications import webhooks
from library.sessions import asr_checkpoints
from library.store import Transaction
from library.translation import gettext

LEASE = timedelta(seconds=60)  # a lease without a heartbeat for this long is expired
MAX_CRASHES = 3  # crashes of the worker after which a source is not tried again
MAX_ATTEMPTS = 10  # attempts without progress, whatever the cause, such as too little memory
CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)
"""Signals of a crash of the process itself; SIGKILL and SIGTERM come from outside."""


def unfinished(db: Transaction, worker: str = "") -> Sequence[int]:
    """Return ids of sources that wait or whose lease expired, fewest attempts first, then oldest.

    Sources leased by *worker* are included: a worker that calls this function has no work now.
    """
    expired_before = now() - LEASE
    return db.scalars(
        select(Source.id)
        .where(
            or_(
                Source.state == State.WAITING,
                (Source.state == State.WORKING) & (Source.heartbeat_at < expired_before),
                (Source.state == State.WORKING) & (Source.worker == worker),
            )
        )
        .order_by(Source.attempts, Source.id)
    ).all()


def any_leased(db: Transaction) -> bool:
    """Return whether any source has an unexpired lease."""
    working = (Source.state == State.WORKING) & (Source.heartbeat_at >= now() - LEASE)
    return db.scalar(select(Source.id).where(working).limit(1)) is not None


def is_crash(exit_code: int) -> bool:
    """Return whether an exit code (negative: a signal) means that the process itself crashed."""
    return -exit_code in CRASHES


def take_over(db: Transaction, *, crashed: bool = False) -> int:
    """Release all leases when the only worker starts. Return the number of released leases.

    *crashed* tells whether the worker's process crashed. If so, each source counts one more crash.
    """
    interrupted = db.scalars(select(Source).where(Source.state == State.WORKING)).all()
    for source in interrupted:
        source.state, source.worker, source.heartbeat_at = State.WAITING, None, None
        source.crashes += crashed
    return len(interrupted)


def give_back(db: Transaction, worker: str, reason: str = "") -> None:
    """Release a worker's leases without counting an attempt.

    *reason* is a sentence for the owner, for example about a full disk; empty if the worker stops.
    """
    for source in db.scalars(select(Source).where(Source.worker == worker)):
        source.state, source.worker, source.heartbeat_at = State.WAITING, None, None
        source.attempts, source.error = max(0, source.attempts - 1), reason


def without_heartbeat(db: Transaction, worker: str, longer_than: timedelta) -> Sequence[int]:
    """Return ids of a worker's sources without a heartbeat for *longer_than*."""
    return db.scalars(
        select(Source.id).where(
            Source.worker == worker,
            Source.state == State.WORKING,
            Source.heartbeat_at < now() - longer_than,
        )
    ).all()


def seconds_left(source: Source) -> float | None:
    """Estimate the remaining seconds of processing from the pace of the present stage.

    Return None if the source is not being processed or the stage has just begun.
    """
    if source.state is not State.WORKING or source.started_at is None:
        return None
    spent = ((source.heartbeat_at or now()) - source.started_at).total_seconds()
    done = source.progress - source.started_progress
    if spent < 3 or done < 0.01:
        return None
    return (1 - source.progress) * spent / done


def lease_expired(source: Source) -> bool:
    """Return whether the lease of a source has expired."""
    beat = source.heartbeat_at
    return source.state is State.WORKING and beat is not None and beat < now() - LEASE


def claim(db: Transaction, source_id: int, worker: str) -> Source | None:
    """Take the lease of a source. Return None if it is finished, missing, cancelled or leased.

    Attempts are counted before the work, crashes at the next start of the worker. So a recording
    that ends the process is tried a limited number of times.
    """
    source = db.get(Source, source_id)
    if source is None or source.state not in {State.WAITING, State.WORKING}:
        return None
    leased = source.heartbeat_at is not None and source.heartbeat_at > now() - LEASE
    if source.state is State.WORKING and leased and source.worker != worker:
        return None
    if (reason := _given_up(source)) is not None:
        fail(db, source_id, reason)
        return None
    source.attempts += 1
    source.state, source.worker, source.heartbeat_at = State.WORKING, worker, now()
    source.started_at, source.started_progress = now(), source.progress
    source.error = ""
    return source


def _given_up(source: Source) -> str | None:
    """Return the reason why a source is not tried again, or None."""
    if source.crashes >= MAX_CRASHES:
        return gettext(
            "The worker crashed %(times)s times while it processed this file. The original is "
            "safe. Press “Try again”, or ask an administrator to check the log.",
            times=MAX_CRASHES,
        )
    if source.attempts >= MAX_ATTEMPTS:
        return gettext(
            "The processing was interrupted %(times)s times without any progress, most likely "
            "because memory ran out. The original is safe. Press “Try again”, or ask an "
            "administrator to check the log.",
            times=MAX_ATTEMPTS,
        )
    return None


def is_last_try(source: Source) -> bool:
    """Return whether one more crash or interruption ends the attempts."""
    return source.crashes >= MAX_CRASHES - 1 or source.attempts >= MAX_ATTEMPTS


def report(source: Source, *, activity: str, progress: float) -> None:
    """Save the progress (0 to 1) of a source and renew the lease."""
    source.activity, source.progress, source.heartbeat_at = activity, progress, now()


def finish_stage(db: Transaction, source: Source, stage: Stage) -> None:
    """Save that a stage of a source is finished, and reset the attempts."""
    source.stage, source.heartbeat_at = stage, now()
    count_afresh(source)
    source.started_at, source.started_progress = now(), source.progress
    if stage is Stage.INDEXED:
        source.state, source.progress, source.activity = State.READY, 1.0, ""
        source.worker, source.heartbeat_at = None, None
        asr_checkpoints.delete_for_source(db, source.id)
        _announce(db, Event.SOURCE_READY, source)


def count_afresh(source: Source) -> None:
    """Reset the counts after progress: one attempt, no crash."""
    source.attempts, source.crashes = 1, 0


def fail(db: Transaction, source_id: int, sentence: str) -> None:
    """Mark a source as failed, with a sentence for the owner. Finished stages are not lost."""
    source = db.get(Source, source_id)
    if source is None or source.state is State.CANCELLED:
        return  # the source was cancelled or deleted meanwhile
    source.state, source.error = State.FAILED, sentence
    source.worker, source.heartbeat_at = None, None
    _announce(db, Event.SOURCE_FAILED, source)


def _announce(db: Transaction, event: Event, source: Source) -> None:
    webhooks.announce(db, event, session_id=source.session_id, source_id=source.id)


def retry(source: Source) -> None:
    """Queue a source again, from the stage after the last finished one.

    Raises:
        ConflictError: the source has neither failed nor been cancelled.
    """
    if source.state not in {State.FAILED, State.CANCELLED}:
        raise ConflictError(
            "This recording or note is being processed, or is finished. Reload the page."
        )
    source.state, source.error = State.WAITING, ""
    source.attempts, source.crashes = 0, 0


def index_again(source: Source) -> None:
    """Queue a finished source for indexing. A source in progress is indexed at its end anyway."""
    if source.state is State.READY:
        source.state, source.stage = State.WAITING, Stage.TRANSCRIBED
        source.attempts, source.crashes = 0, 0


def transcribe_again(db: Transaction, source: Source) -> None:
    """Queue a source for retranscription from its decoded audio."""
    source.stage = Stage.RECEIVED if source.stage is Stage.RECEIVED else Stage.DECODED
    source.state, source.error, source.progress = State.WAITING, "", 0.0
    source.attempts, source.crashes = 0, 0
    asr_checkpoints.delete_for_source(db, source.id)


def cancel(source: Source) -> None:
    """Stop the work on a source; the worker notices within seconds.

    Raises:
        ConflictError: the source is neither waiting nor being processed.
    """
    if source.state not in {State.WAITING, State.WORKING}:
        raise ConflictError("The processing has ended, so it cannot be stopped.")
    source.state, source.worker, source.heartbeat_at = State.CANCELLED, None, None


def leased_by(db: Transaction, source_id: int, worker: str) -> Source | None:
    """Return the source if *worker* still has its lease, else None."""
    source = db.get(Source, source_id)
    is_leased = source is not None and source.state is State.WORKING and source.worker == worker
    return source if is_leased else None


def unfinished_sources(db: Transaction, *, limit: int = 100) -> Sequence[Source]:
    """Return sources that are not ready, newest first."""
    return db.scalars(
        select(Source)
        .where(Source.state != State.READY)
        .order_by(Source.id.desc())
        .limit(limit)
        .options(joinedload(Source.session))
    ).all()


def editable(
    db: Transaction, viewer: Viewer, *, busy: bool, limit: int = 50, before_id: int | None = None
) -> Sequence[Source]:
    """Return unfinished (*busy*) or finished sources that *viewer* may edit, newest first.

    To get the next page, pass the last id of a page as `before_id`.
    """
    over = {State.READY, State.CANCELLED}
    query = (
        select(Source)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(editable_sessions(viewer))
        .where(Source.state.not_in(over) if busy else Source.state.in_(over))
        .order_by(Source.id.desc())
        .limit(limit)
        .options(joinedload(Source.session))
    )
    if before_id is not None:
        query = query.where(Source.id < before_id)
    return db.scalars(query).all()


def visible(
    db: Transaction, viewer: Viewer, *, limit: int = 100, before_id: int | None = None
) -> Sequence[Source]:
    """Return sources that *viewer* may see, newest first, with an id below `before_id`."""
    query = (
        select(Source)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(visible_sessions(viewer))
        .order_by(Source.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(Source.id < before_id)
    return db.scalars(query).all()
