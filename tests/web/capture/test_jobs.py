"""Tests of the progress page, its live data and its buttons."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from library.models import Participant, ParticipantRole, SourceKind, Stage, State, Visibility, now
from library.queue import WorkQueue
from library.sessions import jobs, sources
from library.store import Library
from tests.builders import Account, add_session, add_waiting
from tests.web.client import Browser
from web.rendering import times

Browse = Callable[..., Browser]


@pytest.fixture
def waiting(library: Library, mentor: Account) -> int:
    """Source of the mentor that waits for the worker."""
    source_id = add_waiting(library)
    with library.transaction() as db:
        sources.get(db, source_id).session.owner_id = mentor.id
    return source_id


def set_to(library: Library, source_id: int, **values: object) -> None:
    """Set columns of a source."""
    with library.transaction() as db:
        source = sources.get(db, source_id)
        for name, value in values.items():
            setattr(source, name, value)


def test_the_work_is_shown_in_stages_and_percent(
    browse: Browse, library: Library, mentor: Account, waiting: int
) -> None:
    """During transcription, the progress page shows stages and percent and refreshes itself.

    The page says that it can be closed.
    """
    set_to(
        library,
        waiting,
        state=State.WORKING,
        stage=Stage.DECODED,
        activity="Listening",
        progress=0.425,
        heartbeat_at=now(),
    )
    member = browse(mentor)

    page, job = member.get("/sessions/1/progress").text, member.get(f"/jobs/{waiting}.json").json

    assert "You can close this page" in page
    assert 'http-equiv="refresh"' in page
    assert 'aria-live="polite"' in page
    assert job["words"] == "Transcribing"
    assert job["percent"] == 42
    assert [(s["label"], s["standing"]) for s in job["steps"]] == [
        ("Received", "done"),
        ("Decoding", "done"),
        ("Transcribing", "now"),
        ("Indexing", "later"),
        ("Ready", "later"),
    ]


def test_a_ready_session_is_linked(browse: Browse, library: Library, mentor: Account) -> None:
    """When a session is ready, the progress page links to it and stops refreshing itself."""
    built = add_session(library, owner=mentor)
    member = browse(mentor)

    page = member.get(f"/sessions/{built.session_id}/progress").text
    job = member.get(f"/jobs/{built.source_id}.json").json

    assert f'href="/sessions/{built.session_id}"' in page
    assert "http-equiv" not in page
    assert (job["percent"], job["busy"]) == (100, False)
    assert {step["standing"] for step in job["steps"]} == {"done"}


def test_a_failure_says_what_happened_what_is_safe_and_what_to_press(
    browse: Browse, library: Library, queue: WorkQueue, mentor: Account, waiting: int
) -> None:
    """A failed source shows its reason and a retry button, which queues the job again."""
    with library.transaction() as db:
        jobs.fail(db, waiting, "No sound could be read from this file.")
    member = browse(mentor)

    page = member.get("/sessions/1/progress").text
    answer = member.post(f"/jobs/{waiting}/retry")

    assert "No sound could be read from this file." in page
    assert "Your file is safe" in page
    assert "Try again" in page
    assert answer.status_code == 302
    assert member.get(f"/jobs/{waiting}.json").json["state"] == "waiting"
    assert queue.pending() == 1


def test_a_job_can_be_stopped_and_continued(browse: Browse, mentor: Account, waiting: int) -> None:
    """A stopped job can be continued. A second request to stop it answers 409."""
    member = browse(mentor)

    member.post(f"/jobs/{waiting}/cancel")
    stopped = member.get("/sessions/1/progress").text
    again = member.post(f"/jobs/{waiting}/cancel")
    member.post(f"/jobs/{waiting}/retry")

    assert "Continue processing" in stopped
    assert again.status_code == 409
    assert member.get(f"/jobs/{waiting}.json").json["state"] == "waiting"


def test_a_note_has_its_own_stage(browse: Browse, library: Library, mentor: Account) -> None:
    """On the progress page of a note, the middle stage is named "Reading"."""
    built = add_session(library, owner=mentor, kind=SourceKind.NOTE)

    steps = browse(mentor).get(f"/jobs/{built.source_id}.json").json["steps"]

    assert [step["label"] for step in steps][2] == "Reading"


def test_a_participant_has_no_buttons(
    browse: Browse, library: Library, mentor: Account, mentee: Account
) -> None:
    """A participant sees the progress of a session but cannot stop it."""
    source_id = add_waiting(library, title="With Ben")
    with library.transaction() as db:
        session = sources.get(db, source_id).session
        session.owner_id, session.visibility = mentor.id, Visibility.MEMBERS
        session.participants.append(Participant(person_id=mentee.id, part=ParticipantRole.MENTEE))
    member = browse(mentee)

    page, forged = member.get("/sessions/1/progress"), member.post(f"/jobs/{source_id}/cancel")

    assert page.status_code == 200
    assert "Stop processing" not in page.text
    assert forged.status_code == 403


def test_a_button_leads_back_only_to_this_site(
    browse: Browse, mentor: Account, waiting: int
) -> None:
    """After a button is pressed, its return address is followed only within this site."""
    member = browse(mentor)

    outside = member.post(f"/jobs/{waiting}/cancel", {"next": "//evil.example/x"})
    inside = member.post(f"/jobs/{waiting}/retry", {"next": "/care/"})

    assert outside.location == "/sessions/1/progress"
    assert inside.location == "/care/"


def test_all_jobs_are_on_one_page(
    browse: Browse, library: Library, mentor: Account, waiting: int
) -> None:
    """A member's page lists running jobs before finished ones, and no job of another member."""
    ready = add_session(library, owner=mentor, title="Done long ago")
    add_waiting(library, title="Somebody else's")

    page = browse(mentor).get("/jobs").text

    assert page.index("A recording") < page.index("Done long ago")
    assert f'action="/jobs/{waiting}/cancel"' in page
    assert f'href="/sessions/{ready.session_id}"' in page
    assert "Somebody else" not in page
    assert browse().get("/jobs").status_code == 302


def test_the_remaining_time_follows_the_present_pace(
    browse: Browse, library: Library, mentor: Account, waiting: int
) -> None:
    """The remaining time is computed from the speed of the present attempt.

    When an attempt starts, no remaining time is shown.
    """
    set_to(
        library,
        waiting,
        state=State.WORKING,
        activity="Listening",
        started_at=now() - timedelta(seconds=60),
        started_progress=0.1,
        progress=0.4,
        heartbeat_at=now(),
        attempts=2,
    )
    member = browse(mentor)

    job = member.get(f"/jobs/{waiting}.json").json
    set_to(library, waiting, started_at=now(), started_progress=0.4)

    assert job["left"] == "about 2 minutes left"
    assert job["tries"] == "attempt 2"
    assert member.get(f"/jobs/{waiting}.json").json["left"] == ""


def test_a_job_whose_worker_stopped_is_shown(
    browse: Browse, library: Library, mentor: Account, waiting: int
) -> None:
    """If the lease of a worker has expired, the progress page says that processing will resume."""
    set_to(
        library,
        waiting,
        state=State.WORKING,
        activity="Listening",
        heartbeat_at=now() - timedelta(minutes=2),
    )

    job = browse(mentor).get(f"/jobs/{waiting}.json").json

    assert "will resume" in job["words"]
    assert job["lost"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2, "10 seconds"),
        (31, "30 seconds"),
        (58, "1 minute"),
        (200, "3 minutes"),
        (7300, "2 hours"),
    ],
)
def test_a_duration_is_rounded_in_words(seconds: float, words: str) -> None:
    """A duration is written in words, rounded to ten seconds, minutes or hours."""
    assert times.about(seconds) == words
