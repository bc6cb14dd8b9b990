"""The work on a source: claimed by one, kept stage by stage, given back, tried again."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from library.errors import ConflictError, NotFoundError
from library.holdings import heard_blocks, jobs, passages, sources
from library.holdings.jobs import LEASE, MAX_ATTEMPTS, MAX_CRASHES
from library.models import Source, Stage, State, now
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import add_session, add_waiting


@pytest.fixture
def waiting(library: Library) -> int:
    """A recording that waits for the worker."""
    return add_waiting(library)


@pytest.fixture
def two_libraries(settings: Settings, library: Library) -> Iterator[tuple[Library, Library]]:
    """The same library, open twice, as in two processes."""
    other = open_library(settings)
    yield library, other
    other.close()


def state_of(library: Library, source_id: int) -> Source:
    """The source as the database has it now."""
    with library.reading() as db:
        return sources.get(db, source_id)


def let_the_lease_run_out(library: Library, source_id: int) -> None:
    """As if the worker had been silent for too long."""
    with library.transaction() as db:
        sources.get(db, source_id).heartbeat_at = now() - LEASE - LEASE


def claim(library: Library, source_id: int, worker: str) -> bool:
    """Whether *worker* gets the source."""
    with library.transaction() as db:
        return jobs.claim(db, source_id, worker) is not None


def test_a_new_source_waits(library, waiting):
    """A source that was just added is work to be done, at its first stage."""
    with library.reading() as db:
        todo = list(jobs.unfinished(db))

    source = state_of(library, waiting)
    assert todo == [waiting]
    assert (source.state, source.stage, source.attempts) == (State.WAITING, Stage.RECEIVED, 0)


def test_a_claimed_source_is_held(library, waiting):
    """While one worker holds a source, no other gets it and it is not waiting any more."""
    assert claim(library, waiting, "first")

    assert not claim(library, waiting, "second")
    with library.reading() as db:
        assert list(jobs.unfinished(db)) == []
        assert jobs.held(db, waiting, "first") is not None
        assert jobs.held(db, waiting, "second") is None


def test_two_workers_never_hold_the_same_source(two_libraries):
    """Of two workers that reach for the same source at the same instant, one gets it."""
    ids = [add_waiting(two_libraries[0], content=bytes([n]), title=str(n)) for n in range(12)]
    together = threading.Barrier(2, timeout=120)

    def work(own: Library) -> list[int]:
        worker = f"worker {id(own)}"
        return [i for i in ids if together.wait() >= 0 and claim(own, i, worker)]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, two_libraries)

    assert sorted(first + second) == ids


def test_a_dead_workers_source_is_taken_up(library, waiting):
    """When the lease ran out, another worker gets the source and the first holds it no more."""
    claim(library, waiting, "first")
    let_the_lease_run_out(library, waiting)

    with library.reading() as db:
        assert list(jobs.unfinished(db)) == [waiting]
    assert claim(library, waiting, "second")
    with library.reading() as db:
        assert jobs.held(db, waiting, "first") is None


def test_a_heartbeat_keeps_the_lease(library, waiting):
    """A worker that says how far it is keeps its source."""
    claim(library, waiting, "first")
    let_the_lease_run_out(library, waiting)

    with library.transaction() as db:
        jobs.report(sources.get(db, waiting), activity="Listening", progress=0.5)

    assert not claim(library, waiting, "second")
    assert state_of(library, waiting).progress == 0.5


def test_a_source_that_crashes_its_workers_fails_with_a_sentence(library, waiting):
    """After the last crash the source is failed; the sentence says that the original is safe."""
    for attempt in range(MAX_CRASHES):
        assert claim(library, waiting, f"worker {attempt}")
        with library.transaction() as db:
            jobs.take_over(db, crashed=True)

    assert not claim(library, waiting, "one too many")

    source = state_of(library, waiting)
    assert source.state is State.FAILED
    assert "crashed 3 times" in source.error
    assert "original is safe" in source.error


def test_power_cuts_are_no_fault_of_the_source(library, waiting):
    """Workers that went with the machine count no crash: the source is tried again."""
    for cut in range(2 * MAX_CRASHES):
        assert claim(library, waiting, f"worker {cut}")
        with library.transaction() as db:
            jobs.take_over(db)

    assert claim(library, waiting, "after the cuts")
    assert state_of(library, waiting).crashes == 0


def test_a_source_that_never_gets_further_is_given_up_in_the_end(library, waiting):
    """Where every try ends for want of memory, with the site or without, there is a last one."""
    for attempt in range(MAX_ATTEMPTS):
        assert claim(library, waiting, f"worker {attempt}")
        let_the_lease_run_out(library, waiting)

    assert not claim(library, waiting, "one too many")
    assert "interrupted 10 times" in state_of(library, waiting).error


def test_what_was_interrupted_often_waits_for_the_others(library, waiting):
    """The source that was tried least is the next, whatever its age."""
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
    """SIGSEGV, SIGABRT and SIGBUS come from the program itself; SIGKILL and SIGTERM do not."""
    assert jobs.is_crash(exit_code) is crashed


def test_work_that_could_not_be_given_back_is_taken_up_by_the_same_worker(library, waiting):
    """A worker whose disk was full finds its own source again without waiting for the lease."""
    claim(library, waiting, "mine")

    with library.reading() as db:
        assert list(jobs.unfinished(db, "mine")) == [waiting]
        assert list(jobs.unfinished(db, "another")) == []


def test_a_reason_that_passes_is_told_and_costs_no_try(library, waiting):
    """A source that waits for room on the disk says so, and its try does not count."""
    claim(library, waiting, "mine")

    with library.transaction() as db:
        jobs.give_back(db, "mine", "The disk is full.")

    source = state_of(library, waiting)
    assert (source.state, source.attempts, source.error) == (State.WAITING, 0, "The disk is full.")


def test_finished_work_counts_tries_afresh(library, waiting):
    """A long recording whose worker dies in each stage still comes to its end."""
    for stage in (Stage.DECODED, Stage.TRANSCRIBED, Stage.INDEXED):
        for _ in range(MAX_ATTEMPTS - 1):
            assert claim(library, waiting, "worker")
            let_the_lease_run_out(library, waiting)
        with library.transaction() as db:
            jobs.finish_stage(db, sources.get(db, waiting), stage)
        assert state_of(library, waiting).stage is stage

    assert state_of(library, waiting).state is State.READY


def test_a_kept_block_counts_tries_afresh(library, waiting):
    """As long as each try gets a block further, the work goes on."""
    for number in range(2 * MAX_ATTEMPTS):
        assert claim(library, waiting, "worker")
        with library.transaction() as db:
            heard_blocks.keep(db, sources.get(db, waiting), number, {"text": str(number)})
        let_the_lease_run_out(library, waiting)

    with library.reading() as db:
        assert [b["text"] for b in heard_blocks.of(db, waiting)] == [
            str(n) for n in range(2 * MAX_ATTEMPTS)
        ]


def test_a_block_heard_twice_is_kept_once(library, waiting):
    """The same block again takes the place of the first."""
    with library.transaction() as db:
        source = sources.get(db, waiting)
        heard_blocks.keep(db, source, 0, {"text": "first"})
        heard_blocks.keep(db, source, 0, {"text": "again"})

    with library.reading() as db:
        assert heard_blocks.of(db, waiting) == [{"text": "again"}]


def test_a_ready_source_is_over(library, waiting):
    """Nobody can claim, stop or repeat finished work, and its blocks are forgotten."""
    claim(library, waiting, "worker")
    with library.transaction() as db:
        source = sources.get(db, waiting)
        heard_blocks.keep(db, source, 0, {})
        jobs.finish_stage(db, source, Stage.INDEXED)

    source = state_of(library, waiting)
    assert (source.state, source.progress, source.worker) == (State.READY, 1.0, None)
    assert not claim(library, waiting, "worker")
    with pytest.raises(ConflictError):
        jobs.cancel(source)
    with pytest.raises(ConflictError):
        jobs.retry(source)
    with library.reading() as db:
        assert heard_blocks.of(db, waiting) == []


def test_cancelled_work_is_not_held_any_more(library, waiting):
    """Once its people stop it, the worker finds that it holds nothing, and cannot fail it."""
    claim(library, waiting, "worker")

    with library.transaction() as db:
        jobs.cancel(sources.get(db, waiting))
    with library.transaction() as db:
        assert jobs.held(db, waiting, "worker") is None
        jobs.fail(db, waiting, "The worker was slower.")

    assert state_of(library, waiting).state is State.CANCELLED
    assert not claim(library, waiting, "another")


@pytest.mark.parametrize("stop", ["cancel", "fail"])
def test_stopped_work_can_be_tried_again(library, waiting, stop):
    """A second try begins behind the last finished stage, with its tries counted afresh."""
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
    """Trying again is refused while the first try has not ended."""
    with pytest.raises(ConflictError):
        jobs.retry(state_of(library, waiting))


def test_a_worker_that_is_told_to_stop_hands_back(library, waiting):
    """What it held waits for the next worker at once, and no try is counted."""
    other = add_waiting(library, content=b"other", title="other")
    claim(library, waiting, "leaving")
    claim(library, other, "staying")

    with library.transaction() as db:
        jobs.give_back(db, "leaving")

    left, kept = state_of(library, waiting), state_of(library, other)
    assert (left.state, left.attempts, left.worker) == (State.WAITING, 0, None)
    assert (kept.state, kept.worker) == (State.WORKING, "staying")


def test_the_only_worker_takes_back_what_the_last_one_left(library, waiting):
    """At its start the only worker frees what was held; finished and stopped work stays."""
    ready = add_session(library).source_id
    claim(library, waiting, "killed")

    with library.transaction() as db:
        assert jobs.take_over(db) == 1

    assert state_of(library, waiting).state is State.WAITING
    assert state_of(library, waiting).attempts == 1
    assert state_of(library, ready).state is State.READY


def test_what_is_not_there_cannot_be_claimed(library):
    """A request for a source that is gone does nothing."""
    with library.transaction() as db:
        assert jobs.claim(db, 99, "worker") is None
        jobs.fail(db, 99, "Too late.")
        with pytest.raises(NotFoundError):
            sources.get(db, 99)


def test_another_process_sees_a_commit_at_once(two_libraries):
    """What one process has committed, the next question of another finds."""
    here, there = two_libraries
    with there.reading() as db:
        before = passages.stamp(db)

    built = add_session(here)

    with there.reading() as db:
        assert passages.stamp(db).passage_id == built.passage_ids[-1] > before.passage_id


def test_an_open_reader_does_not_hold_up_a_writer(two_libraries):
    """Somebody who is reading keeps a steady view, and nobody waits for them."""
    here, there = two_libraries

    with there.reading() as db:
        before = passages.stamp(db)
        add_session(here)
        after = passages.stamp(db)

    assert after == before


def test_the_care_of_the_library_sees_all_work(library, waiting):
    """What is not ready is told newest first; what there is, is summed up."""
    ready = add_session(library, content=b"1234")
    failed = add_waiting(library, content=b"12", title="failed")
    with library.transaction() as db:
        jobs.fail(db, failed, "No sound.")

    with library.reading() as db:
        left = [source.id for source in jobs.unsettled(db)]
        held = sources.holdings(db)

    assert left == [failed, waiting]
    assert ready.source_id not in left
    assert held.sources == {State.WAITING: 1, State.FAILED: 1, State.READY: 1}
    assert (held.bytes, held.seconds) == (len(b"sound") + 4 + 2, 20.0)


def test_a_hanging_stage_is_known_to_the_worker_that_holds_it(library, waiting):
    """Only the holder's own silence counts, and only when it lasts."""
    claim(library, waiting, "one")
    let_the_lease_run_out(library, waiting)

    with library.reading() as db:
        found = [jobs.silent(db, name, LEASE) for name in ("one", "two")]
        patient = jobs.silent(db, "one", LEASE * 10)

    assert found == [[waiting], []]
    assert patient == []
