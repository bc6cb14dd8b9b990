"""Tests of jobs: claims, leases, stages, retries and failures of sources.

Covers: sources.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from library.errors import ConflictError, NotFoundError
from library.models import Source, Stage, State, now
from library.sessions import asr_checkpoints, jobs, passages, sources
from library.sessions.jobs import LEASE, MAX_ATTEMPTS, MAX_CRASHES
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import add_session, add_waiting


@pytest.fixture
def waiting(library: Library) -> int:
    """Id of a recording that waits for the worker."""
    return add_waiting(library)


@pytest.fixture
def two_libraries(settings: Settings, library: Library) -> Iterator[tuple[Library, Library]]:
    """Two open handles of one library, as in two processes."""
    other = open_library(settings)
    yield library, other
    other.close()


def state_of(library: Library, source_id: int) -> Source:
    """Return the current row of a source."""
    with library.reading() as db:
        return sources.get(db, source_id)


def let_the_lease_run_out(library: Library, source_id: int) -> None:
    """Set the heartbeat of a source to an earlier time, so that its lease has ended."""
    with library.transaction() as db:
        sources.get(db, source_id).heartbeat_at = now() - LEASE - LEASE


def claim(library: Library, source_id: int, worker: str) -> bool:
    """Try to claim a source for *worker*. Return whether it succeeded."""
    with library.transaction() as db:
        return jobs.claim(db, source_id, worker) is not None


def test_a_new_source_waits(library, waiting):
    """A new source waits for its job at the first stage."""
    with library.reading() as db:
        todo = list(jobs.unfinished(db))

    source = state_of(library, waiting)
    assert todo == [waiting]
    assert (source.state, source.stage, source.attempts) == (State.WAITING, Stage.RECEIVED, 0)


def test_a_claimed_source_is_held(library, waiting):
    """Another worker cannot claim a claimed source. The source does not count as waiting."""
    assert claim(library, waiting, "first")

    assert not claim(library, waiting, "second")
    with library.reading() as db:
        assert list(jobs.unfinished(db)) == []
        assert jobs.leased_by(db, waiting, "first") is not None
        assert jobs.leased_by(db, waiting, "second") is None


def test_two_workers_never_claim_the_same_source(two_libraries):
    """If two workers claim sources at the same time, no source is claimed by both."""
    ids = [add_waiting(two_libraries[0], content=bytes([n]), title=str(n)) for n in range(12)]
    together = threading.Barrier(2, timeout=120)

    def work(own: Library) -> list[int]:
        worker = f"worker {id(own)}"
        return [i for i in ids if together.wait() >= 0 and claim(own, i, worker)]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, two_libraries)

    assert sorted(first + second) == ids


def test_a_dead_workers_source_is_taken_up(library, waiting):
    """After the lease of a source has ended, another worker can claim the source.

    The first worker then has no lease any more.
    """
    claim(library, waiting, "first")
    let_the_lease_run_out(library, waiting)

    with library.reading() as db:
        assert list(jobs.unfinished(db)) == [waiting]
    assert claim(library, waiting, "second")
    with library.reading() as db:
        assert jobs.leased_by(db, waiting, "first") is None


def test_a_heartbeat_keeps_the_lease(library, waiting):
    """A worker that reports its progress renews its lease."""
    claim(library, waiting, "first")
    let_the_lease_run_out(library, waiting)

    with library.transaction() as db:
        jobs.report(sources.get(db, waiting), activity="Listening", progress=0.5)

    assert not claim(library, waiting, "second")
    assert state_of(library, waiting).progress == 0.5


def test_a_source_that_crashes_its_workers_fails(library, waiting):
    """After a source has crashed its workers three times, it counts as failed.

    The error says that the original is safe.
    """
    for attempt in range(MAX_CRASHES):
        assert claim(library, waiting, f"worker {attempt}")
        with library.transaction() as db:
            jobs.take_over(db, crashed=True)

    assert not claim(library, waiting, "one too many")

    source = state_of(library, waiting)
    assert source.state is State.FAILED
    assert "crashed 3 times" in source.error
    assert "original is safe" in source.error


def test_power_cuts_do_not_count_as_crashes(library, waiting):
    """If the machine stops while a worker runs, this is not counted as a crash of the source."""
    for cut in range(2 * MAX_CRASHES):
        assert claim(library, waiting, f"worker {cut}")
        with library.transaction() as db:
            jobs.take_over(db)

    assert claim(library, waiting, "after the cuts")
    assert state_of(library, waiting).crashes == 0


def test_a_source_without_progress_fails_in_the_end(library, waiting):
    """After ten interrupted attempts without progress, a source counts as failed."""
    for attempt in range(MAX_ATTEMPTS):
        assert claim(library, waiting, f"worker {attempt}")
        let_the_lease_run_out(library, waiting)

    assert not claim(library, waiting, "one too many")
    assert "interrupted 10 times" in state_of(library, waiting).error


def test_an_interrupted_source_waits_for_the_others(library, waiting):
    """A worker takes the source with the fewest attempts first, also if others are older."""
    claim(library, waiting, "killed")
    with library.transaction() as db:
        jobs.take_over(db)
    later = add_waiting(library, content=b"later", title="Later")

    with library.reading() as db:
        assert list(jobs.unfinished(db)) == [later, waiting]


@pytest.mark.parametrize(
    ("exit_code", "crashed"),
    [(-11, True), (-6, True), (-7, True), (-9, False), (-15, False), (0, False), (75, False)],
)
def test_a_process_crashes_by_signals_of_its_own(exit_code, crashed):
    """If SIGSEGV, SIGABRT or SIGBUS ends a process, this is a crash.

    SIGKILL and SIGTERM are not.
    """
    assert jobs.is_crash(exit_code) is crashed


def test_a_worker_finds_its_own_claimed_source(library, waiting):
    """A worker that restarts finds its claimed source again, also while the lease is valid."""
    claim(library, waiting, "mine")

    with library.reading() as db:
        assert list(jobs.unfinished(db, "mine")) == [waiting]
        assert list(jobs.unfinished(db, "another")) == []


def test_a_temporary_reason_is_shown_and_costs_no_attempt(library, waiting):
    """A source that is given back because the disk is full shows this reason.

    The attempt is not counted.
    """
    claim(library, waiting, "mine")

    with library.transaction() as db:
        jobs.give_back(db, "mine", "The disk is full.")

    source = state_of(library, waiting)
    assert (source.state, source.attempts, source.error) == (State.WAITING, 0, "The disk is full.")


def test_a_finished_stage_resets_the_attempts(library, waiting):
    """Each finished stage sets the number of attempts to zero."""
    for stage in (Stage.DECODED, Stage.TRANSCRIBED, Stage.INDEXED):
        for _ in range(MAX_ATTEMPTS - 1):
            assert claim(library, waiting, "worker")
            let_the_lease_run_out(library, waiting)
        with library.transaction() as db:
            jobs.finish_stage(db, sources.get(db, waiting), stage)
        assert state_of(library, waiting).stage is stage

    assert state_of(library, waiting).state is State.READY


def test_a_checkpoint_resets_the_attempts(library, waiting):
    """Each stored checkpoint sets the number of attempts to zero."""
    for number in range(2 * MAX_ATTEMPTS):
        assert claim(library, waiting, "worker")
        with library.transaction() as db:
            asr_checkpoints.save(db, sources.get(db, waiting), number, {"text": str(number)})
        let_the_lease_run_out(library, waiting)

    with library.reading() as db:
        assert [b["text"] for b in asr_checkpoints.for_source(db, waiting)] == [
            str(n) for n in range(2 * MAX_ATTEMPTS)
        ]


def test_a_block_transcribed_twice_is_stored_once(library, waiting):
    """A second checkpoint of the same block replaces the first checkpoint."""
    with library.transaction() as db:
        source = sources.get(db, waiting)
        asr_checkpoints.save(db, source, 0, {"text": "first"})
        asr_checkpoints.save(db, source, 0, {"text": "again"})

    with library.reading() as db:
        assert asr_checkpoints.for_source(db, waiting) == [{"text": "again"}]


def test_a_ready_source_is_over(library, waiting):
    """A ready source cannot be claimed, cancelled or retried.

    Its checkpoints are deleted.
    """
    claim(library, waiting, "worker")
    with library.transaction() as db:
        source = sources.get(db, waiting)
        asr_checkpoints.save(db, source, 0, {})
        jobs.finish_stage(db, source, Stage.INDEXED)

    source = state_of(library, waiting)
    assert (source.state, source.progress, source.worker) == (State.READY, 1.0, None)
    assert not claim(library, waiting, "worker")
    with pytest.raises(ConflictError):
        jobs.cancel(source)
    with pytest.raises(ConflictError):
        jobs.retry(source)
    with library.reading() as db:
        assert asr_checkpoints.for_source(db, waiting) == []


def test_cancelled_work_is_not_held_any_more(library, waiting):
    """A cancelled source has no lease and cannot be claimed.

    Its worker cannot mark it as failed.
    """
    claim(library, waiting, "worker")

    with library.transaction() as db:
        jobs.cancel(sources.get(db, waiting))
    with library.transaction() as db:
        assert jobs.leased_by(db, waiting, "worker") is None
        jobs.fail(db, waiting, "The worker was slower.")

    assert state_of(library, waiting).state is State.CANCELLED
    assert not claim(library, waiting, "another")


@pytest.mark.parametrize("stop", ["cancel", "fail"])
def test_stopped_work_can_be_tried_again(library, waiting, stop):
    """Retrying a cancelled or failed source continues after the last finished stage.

    The number of attempts starts at zero.
    """
    claim(library, waiting, "worker")
    with library.transaction() as db:
        source = sources.get(db, waiting)
        jobs.finish_stage(db, source, Stage.DECODED)
        if stop == "cancel":
            jobs.cancel(source)
        else:
            jobs.fail(db, waiting, "No sound.")

    with library.transaction() as db:
        jobs.retry(sources.get(db, waiting))

    source = state_of(library, waiting)
    assert (source.state, source.stage, source.attempts) == (State.WAITING, Stage.DECODED, 0)
    assert source.error == ""
    assert claim(library, waiting, "worker")


def test_work_that_goes_on_cannot_be_tried_again(library, waiting):
    """A source that waits for its first attempt cannot be retried."""
    with pytest.raises(ConflictError):
        jobs.retry(state_of(library, waiting))


def test_a_stopping_worker_gives_its_sources_back(library, waiting):
    """A worker that stops gives its sources back at once. The attempt is not counted."""
    other = add_waiting(library, content=b"other", title="other")
    claim(library, waiting, "leaving")
    claim(library, other, "staying")

    with library.transaction() as db:
        jobs.give_back(db, "leaving")

    given_back, other_source = state_of(library, waiting), state_of(library, other)
    assert (given_back.state, given_back.attempts, given_back.worker) == (State.WAITING, 0, None)
    assert (other_source.state, other_source.worker) == (State.WORKING, "staying")


def test_the_only_worker_frees_claimed_sources(library, waiting):
    """The only worker of a library frees all claimed sources when it starts.

    Finished sources stay finished.
    """
    ready = add_session(library).source_id
    claim(library, waiting, "killed")

    with library.transaction() as db:
        assert jobs.take_over(db) == 1

    assert state_of(library, waiting).state is State.WAITING
    assert state_of(library, waiting).attempts == 1
    assert state_of(library, ready).state is State.READY


def test_a_missing_source_cannot_be_claimed(library):
    """Claiming or failing a source that does not exist changes nothing."""
    with library.transaction() as db:
        assert jobs.claim(db, 99, "worker") is None
        jobs.fail(db, 99, "Too late.")
        with pytest.raises(NotFoundError):
            sources.get(db, 99)


def test_a_commit_is_visible_to_another_process(two_libraries):
    """A commit in one process is visible to later transactions in other processes."""
    here, there = two_libraries
    with there.reading() as db:
        before = passages.stamp(db)

    built = add_session(here)

    with there.reading() as db:
        assert passages.stamp(db).passage_id == built.passage_ids[-1] > before.passage_id


def test_an_open_reader_does_not_hold_up_a_writer(two_libraries):
    """A reading transaction has a stable snapshot and does not block a writer."""
    here, there = two_libraries

    with there.reading() as db:
        before = passages.stamp(db)
        add_session(here)
        after = passages.stamp(db)

    assert after == before


def test_the_administration_sees_all_work(library, waiting):
    """Administrators see unfinished sources, newest first.

    They also see the numbers of sources, bytes and seconds.
    """
    ready = add_session(library, content=b"1234")
    failed = add_waiting(library, content=b"12", title="failed")
    with library.transaction() as db:
        jobs.fail(db, failed, "No sound.")

    with library.reading() as db:
        source_ids = [source.id for source in jobs.unfinished_sources(db)]
        totals = sources.holdings(db)

    assert source_ids == [failed, waiting]
    assert ready.source_id not in source_ids
    assert totals.sources == {State.WAITING: 1, State.FAILED: 1, State.READY: 1}
    assert (totals.bytes, totals.seconds) == (len(b"sound") + 4 + 2, 20.0)


def test_a_hanging_stage_is_known_to_its_worker(library, waiting):
    """A worker can find its own sources that had no heartbeat for a given time."""
    claim(library, waiting, "one")
    let_the_lease_run_out(library, waiting)

    with library.reading() as db:
        found = [jobs.without_heartbeat(db, name, LEASE) for name in ("one", "two")]
        patient = jobs.without_heartbeat(db, "one", LEASE * 10)

    assert found == [[waiting], []]
    assert patient == []
