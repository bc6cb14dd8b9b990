"""The work on a source: the row is the truth, the queue only wakes the worker.

A source goes RECEIVED -> DECODED -> TRANSCRIBED -> INDEXED. Each stage is saved when it is done;
a worker holds a lease that its heartbeat renews, and a source whose lease ran out is taken up
again at the stage after the last finished one.

A source is given up when it is the reason that its work fails: its processing raised an error, or
it crashed the worker several times. A worker that was stopped, or went with the machine, says
nothing about the source.
"""

import signal
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from library import webhooks
from library.access import Viewer, editable_sessions, visible_sessions
from library.errors import ConflictError
from library.holdings import heard_blocks
from library.models import Event, MentoringSession, Source, Stage, State, now
from library.store import Transaction

LEASE = timedelta(seconds=60)  # without a heartbeat for this long, a worker is taken for dead
MAX_CRASHES = 3  # a recording that crashes the worker must not do so forever
MAX_ATTEMPTS = 10  # tries without any progress, whatever ended them: such as a lack of memory
CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)
"""Signals that a process ends itself with; SIGKILL and SIGTERM come from outside."""


def unfinished(db: Transaction, worker: str = "") -> Sequence[int]:
    """Sources that wait or whose worker is dead: those that were tried least first, by age.

    *worker* asks between two pieces of work: what it still holds, it could not give back.
    """
    gone = now() - LEASE
    return db.scalars(
        select(Source.id)
        .where(
            or_(
                Source.state == State.WAITING,
                (Source.state == State.WORKING) & (Source.heartbeat_at < gone),
                (Source.state == State.WORKING) & (Source.worker == worker),
            )
        )
        .order_by(Source.attempts, Source.id)
    ).all()


def somebody_works(db: Transaction) -> bool:
    """Whether a living worker holds any source."""
    working = (Source.state == State.WORKING) & (Source.heartbeat_at >= now() - LEASE)
    return db.scalar(select(Source.id).where(working).limit(1)) is not None


def is_crash(exit_code: int) -> bool:
    """Whether a process with this exit code (negative: a signal) crashed by what it did itself."""
    return -exit_code in CRASHES


def take_over(db: Transaction, *, crashed: bool = False) -> int:
    """Give back what dead workers held; for the start of the only worker. Gives their number.

    *crashed*: the worker crashed while the site and the machine stayed up, which counts.
    """
    left = db.scalars(select(Source).where(Source.state == State.WORKING)).all()
    for source in left:
        source.state, source.worker, source.heartbeat_at = State.WAITING, None, None
        source.crashes += crashed
    return len(left)


def give_back(db: Transaction, worker: str, reason: str = "") -> None:
    """Give back what *worker* holds, for a reason that is none of the source's: no try is counted.

    *reason* is a sentence for its people, such as that the disk is full; empty: the worker stops.
    """
    for source in db.scalars(select(Source).where(Source.worker == worker)):
        source.state, source.worker, source.heartbeat_at = State.WAITING, None, None
        source.attempts, source.error = max(0, source.attempts - 1), reason


def silent(db: Transaction, worker: str, longer_than: timedelta) -> Sequence[int]:
    """Sources that *worker* holds and has said nothing of for *longer_than*: their stage hangs."""
    return db.scalars(
        select(Source.id).where(
            Source.worker == worker,
            Source.state == State.WORKING,
            Source.heartbeat_at < now() - longer_than,
        )
    ).all()


def seconds_left(source: Source) -> float | None:
    """How long the work may still take, by the present stage's pace; None: too early to say."""
    if source.state is not State.WORKING or source.started_at is None:
        return None
    spent = ((source.heartbeat_at or now()) - source.started_at).total_seconds()
    done = source.progress - source.started_progress
    if spent < 3 or done < 0.01:
        return None
    return (1 - source.progress) * spent / done


def lost(source: Source) -> bool:
    """Whether the worker that holds a source has given no sign of life within its lease."""
    beat = source.heartbeat_at
    return source.state is State.WORKING and beat is not None and beat < now() - LEASE


def claim(db: Transaction, source_id: int, worker: str) -> Source | None:
    """Take a source to work on; None when it is done, gone, cancelled or held by another.

    The attempt is counted before the work, and a crash when the next worker starts, so that a
    recording which ends the process cannot do so forever.
    """
    source = db.get(Source, source_id)
    if source is None or source.state not in {State.WAITING, State.WORKING}:
        return None
    held = source.heartbeat_at is not None and source.heartbeat_at > now() - LEASE
    if source.state is State.WORKING and held and source.worker != worker:
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
    """Why a source is not tried again; None: it is."""
    rest = "The original is safe; press Try again, or ask the administrator to look at the log."
    if source.crashes >= MAX_CRASHES:
        return f"The worker crashed {MAX_CRASHES} times while it worked on this. {rest}"
    if source.attempts >= MAX_ATTEMPTS:
        return (
            f"The work on this was interrupted {MAX_ATTEMPTS} times without any progress, most "
            f"likely because memory ran out. {rest}"
        )
    return None


def is_last_try(source: Source) -> bool:
    """Whether one more crash or interruption gives the source up: what can be left out, is."""
    return source.crashes >= MAX_CRASHES - 1 or source.attempts >= MAX_ATTEMPTS


def report(source: Source, *, activity: str, progress: float) -> None:
    """Say how far the work is (0..1 of the whole) and renew the lease."""
    source.activity, source.progress, source.heartbeat_at = activity, progress, now()


def finish_stage(db: Transaction, source: Source, stage: Stage) -> None:
    """Save that a stage is done; tries are counted afresh for the next."""
    source.stage, source.heartbeat_at = stage, now()
    count_afresh(source)
    source.started_at, source.started_progress = now(), source.progress
    if stage is Stage.INDEXED:
        source.state, source.progress, source.activity = State.READY, 1.0, ""
        source.worker, source.heartbeat_at = None, None
        heard_blocks.forget(db, source.id)
        _announce(db, Event.SOURCE_READY, source)


def count_afresh(source: Source) -> None:
    """Forget earlier tries because the work got further; this one is the first."""
    source.attempts, source.crashes = 1, 0


def fail(db: Transaction, source_id: int, sentence: str) -> None:
    """Stop the work on a source and say why; what is finished of it stays."""
    source = db.get(Source, source_id)
    if source is None or source.state is State.CANCELLED:
        return  # its people were faster
    source.state, source.error = State.FAILED, sentence
    source.worker, source.heartbeat_at = None, None
    _announce(db, Event.SOURCE_FAILED, source)


def _announce(db: Transaction, event: Event, source: Source) -> None:
    webhooks.announce(db, event, session_id=source.session_id, source_id=source.id)


def retry(source: Source) -> None:
    """Let the worker try again, from the stage after the last finished one.

    Raises:
        ConflictError: it is being worked on, or done.
    """
    if source.state not in {State.FAILED, State.CANCELLED}:
        raise ConflictError("This is being worked on already, or done.")
    source.state, source.error = State.WAITING, ""
    source.attempts, source.crashes = 0, 0


def index_again(source: Source) -> None:
    """Let the worker cut and embed a source's transcript anew; a job under way does it anyway."""
    if source.state is State.READY:
        source.state, source.stage = State.WAITING, Stage.TRANSCRIBED
        source.attempts, source.crashes = 0, 0


def transcribe_again(db: Transaction, source: Source) -> None:
    """Let the worker make a source's transcript anew, from the sound that it has decoded."""
    source.stage = Stage.RECEIVED if source.stage is Stage.RECEIVED else Stage.DECODED
    source.state, source.error, source.progress = State.WAITING, "", 0.0
    source.attempts, source.crashes = 0, 0
    heard_blocks.forget(db, source.id)


def cancel(source: Source) -> None:
    """Stop the work on a source; the worker notices within seconds.

    Raises:
        ConflictError: there is nothing to stop.
    """
    if source.state not in {State.WAITING, State.WORKING}:
        raise ConflictError("There is nothing to stop: the work is over.")
    source.state, source.worker, source.heartbeat_at = State.CANCELLED, None, None


def held(db: Transaction, source_id: int, worker: str) -> Source | None:
    """The source, if *worker* still holds it: not cancelled, removed, or taken by another."""
    source = db.get(Source, source_id)
    mine = source is not None and source.state is State.WORKING and source.worker == worker
    return source if mine else None


def unsettled(db: Transaction, *, limit: int = 100) -> Sequence[Source]:
    """Sources that wait, are worked on, failed or were stopped, newest first."""
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
    """The work that *viewer* may retry or stop, newest first: what goes on or failed, or is over.

    `before_id` continues a page.
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
    """The work that *viewer* may see, newest first; `before_id` continues a page."""
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
