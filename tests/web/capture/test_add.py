"""Tests of adding a session by the form.

Covers: create_session, session_form.
"""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from library.models import (
    Form,
    MentoringSession,
    ParticipantRole,
    SourceKind,
    State,
    Upload,
    Visibility,
)
from library.queue import WorkQueue
from library.sessions import jobs, sessions
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, add_account, add_session, person_named, signed_in
from tests.web.client import Browser
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine

Browse = Callable[..., Browser]


def file(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def newest(library: Library, account: Account) -> MentoringSession:
    with library.reading() as db:
        session = sessions.visible(db, account.viewer, limit=1)[0]
        assert session.sources
        assert all(p.person.name for p in session.participants)
        return session


def test_a_recording_becomes_a_session_that_waits_for_the_worker(
    browse: Browse, library: Library, queue: WorkQueue, mentor: Account
) -> None:
    """The form makes a session with the typed details, stores the file and queues one job."""
    answer = browse(mentor).post(
        "/add",
        {
            "file": file(b"RIFF some sound", "talk.wav"),
            "title": "Handing over",
            "description": "What to write down.",
            "held_on": "2024-05-31",
            "language": "en",
            "form": "reverse",
            "visibility": "members",
            "person": ["Ada Mentor", "Zoe", ""],
            "part": ["mentee", "mentor", "mentor"],
        },
    )

    made = newest(library, mentor)
    assert answer.location == f"/sessions/{made.id}/progress"
    assert (made.title, made.form, made.visibility) == (
        "Handing over",
        Form.REVERSE,
        Visibility.MEMBERS,
    )
    assert made.owner_id == mentor.id
    assert [(p.person.name, p.part) for p in made.participants] == [
        ("Ada Mentor", ParticipantRole.MENTEE),
        ("Zoe", ParticipantRole.MENTOR),
    ]
    source = made.sources[0]
    assert (source.kind, source.state, source.size) == (SourceKind.RECORDING, State.WAITING, 15)
    assert library.files.has(source.sha256)
    assert queue.pending() == 1


class ProcessKilled(BaseException):
    """Simulated kill of the process. No error handler catches it."""


def test_a_process_killed_after_the_commit_leaves_no_upload_open(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """If the process is killed right after the commit, the upload belongs to the new session."""
    member, made = browse(mentor), []

    def note(*row: object) -> None:
        made.append(row)

    def kill(_: Session) -> None:
        if made:
            raise ProcessKilled

    event.listen(MentoringSession, "after_insert", note)
    event.listen(Session, "after_commit", kill)
    try:
        with pytest.raises(ProcessKilled):
            member.post("/add", {"file": file(b"RIFF some sound", "talk.wav")})
    finally:
        event.remove(Session, "after_commit", kill)
        event.remove(MentoringSession, "after_insert", note)

    with library.reading() as db:
        (upload,) = db.query(Upload)
        assert upload.session_id == newest(library, mentor).id


def test_title_and_date_are_guessed_from_the_name(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """Without a typed title and date, both are read from the name of the file."""
    browse(mentor).post("/add", {"file": file(b"sound", "2024-05-31_asking for_help.mp3")})

    made = newest(library, mentor)
    assert made.title == "Asking for help"
    assert made.held_on is not None
    assert made.held_on.isoformat() == "2024-05-31"


def test_a_transcript_comes_with_its_recording(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """A recording and its transcript file, sent together, become one source."""
    browse(mentor).post(
        "/add",
        {
            "file": [
                file(b"sound", "talk.mp3"),
                file(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi", "t.vtt"),
            ]
        },
    )

    made = newest(library, mentor)
    assert [s.kind for s in made.sources] == [SourceKind.RECORDING]
    assert made.sources[0].transcript_filename == "t.vtt"


def test_a_note_is_typed_into_the_form(browse: Browse, library: Library, mentor: Account) -> None:
    """Text typed into the form becomes a note with the first line as its title."""
    browse(mentor).post("/add", {"note": "# On listening\r\n\r\nListen first.", "form": "note"})

    made = newest(library, mentor)
    assert made.title == "On listening"
    assert made.sources[0].kind is SourceKind.NOTE
    stored = library.files.path(made.sources[0].sha256).read_text()
    assert stored == "# On listening\n\nListen first."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.mp3", "passwd.mp3"),
        ("🎙️ café.mp3", "🎙️ café.mp3"),
        ("x" * 400 + ".mp3", "x" * 296 + ".mp3"),
        ("...", "recording"),
    ],
)
def test_any_file_name_is_accepted(
    browse: Browse, library: Library, mentor: Account, name: str, shown: str
) -> None:
    """File names with paths, emoji or many characters are accepted.

    A long name is shortened and keeps its suffix.
    """
    answer = browse(mentor).post("/add", {"file": file(b"sound", name)})

    assert answer.status_code == 302
    assert newest(library, mentor).sources[0].filename == shown


def test_the_same_file_twice_offers_the_existing_session(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """A file that is in the library answers 409 with a link to its session.

    A second request can add the file again.
    """
    member = browse(mentor)
    member.post("/add", {"file": file(b"sound", "a.mp3"), "title": "The first"})

    offered = member.post("/add", {"file": file(b"sound", "b.mp3"), "title": "The second"})
    upload = offered.text.split('name="upload" value="', 1)[1].split('"', 1)[0]
    anyway = member.post("/add", {"upload": upload, "title": "The second", "again": "1"})

    assert offered.status_code == 409
    assert "The first" in offered.text
    assert 'href="/sessions/1"' in offered.text
    assert 'value="The second"' in offered.text
    assert anyway.status_code == 302
    assert newest(library, mentor).title == "The second"


def test_a_file_that_only_others_may_see_is_not_offered(
    browse: Browse, library: Library, admin: Account, mentor: Account
) -> None:
    """A file that is already in another member's private session is accepted as new.

    Otherwise the answer would disclose that session.
    """
    add_session(library, owner=admin, visibility=Visibility.PRIVATE, content=b"a secret")

    answer = browse(mentor).post("/add", {"file": file(b"a secret", "x.mp3")})

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"file": (b"", "empty.mp3")}, "0 bytes"),
        ({"file": (b"sound", "a.mp3"), "held_on": "31.5.2024"}, "not a date"),
        ({"file": (b"sound", "a.mp3"), "form": "chat"}, "must be one of"),
        ({"file": (b"sound", "a.mp3"), "language": "english!"}, "language code"),
        ({}, "Choose a file"),
        ({"upload": "0" * 32}, "Start it again"),
    ],
)
def test_an_invalid_form_keeps_its_fields(
    browse: Browse, mentor: Account, given: dict[str, object], sentence: str
) -> None:
    """An invalid form gets a message and still contains what was typed."""
    data = dict(given)
    if isinstance(data.get("file"), tuple):
        data["file"] = file(*data["file"])

    answer = browse(mentor).post(
        "/add", {"title": "My title", "person": "Zoe", "part": "mentee", **data}
    )

    assert 400 <= answer.status_code < 500
    assert sentence in answer.text
    assert 'value="My title"' in answer.text
    assert 'value="Zoe"' in answer.text


def test_the_file_is_kept_when_the_form_is_refused(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """A refused form contains the id of the upload, so that the file need not be sent again."""
    member = browse(mentor)

    refused = member.post("/add", {"file": file(b"sound", "a.mp3"), "held_on": "yesterday"})
    upload = refused.text.split('name="upload" value="', 1)[1].split('"', 1)[0]
    answer = member.post("/add", {"upload": upload, "title": "Now"})

    assert answer.status_code == 302
    assert newest(library, mentor).sources[0].filename == "a.mp3"


def test_an_upload_of_another_member_cannot_be_used(
    browse: Browse, library: Library, admin: Account, mentor: Account
) -> None:
    """If a form to add a session has the id of another member's upload, it answers 404."""
    refused = browse(admin).post("/add", {"file": file(b"sound", "a.mp3"), "held_on": "x"})
    upload = refused.text.split('name="upload" value="', 1)[1].split('"', 1)[0]

    answer = browse(mentor).post("/add", {"upload": upload})

    assert answer.status_code == 404


def test_the_limit_is_shown_before_the_upload(
    settings: Settings, queue: WorkQueue, mentor: Account
) -> None:
    """The page for adding a session shows the upload limit, and its script can read the limit."""
    small = open_library(replace(settings, max_upload_mb=3))
    app = made_app(library=small, engine=ScanningEngine(small), queue=queue)
    page = browser_for(app, small, mentor).get("/add").text

    assert "up to 3.0 MB" in page
    assert 'data-limit="3145728"' in page
    small.close()


def test_a_body_over_the_limit_is_refused(
    settings: Settings, queue: WorkQueue, mentor: Account
) -> None:
    """A body over the upload limit answers 413 with a message that names the limit."""
    small = open_library(replace(settings, max_upload_mb=1))
    app = made_app(library=small, engine=ScanningEngine(small), queue=queue)

    answer = browser_for(app, small, mentor).send(
        "POST",
        "/add",
        data=b"x" * (10 * 1024 * 1024),
        content_type="multipart/form-data; boundary=edge",
    )

    assert answer.status_code == 413
    assert "The limit is 1.0 MB" in answer.text
    small.close()


def browser_for(app: Flask, library: Library, account: Account) -> Browser:
    return Browser(app, signed_in(library, account.id))


def test_mentees_add_sessions_only_if_the_settings_allow_it(
    browse: Browse, settings: Settings, queue: WorkQueue, mentee: Account
) -> None:
    """A mentee is refused the form until a setting allows all members to add sessions."""
    refused = browse(mentee).get("/add").status_code
    generous = open_library(replace(settings, members_may_upload=True))
    app = made_app(library=generous, engine=ScanningEngine(generous), queue=queue)

    allowed = browser_for(app, generous, mentee).post("/add", {"note": "What I learned."})

    assert (refused, allowed.status_code) == (403, 302)
    generous.close()


def test_names_of_private_sessions_are_not_suggested(
    browse: Browse, library: Library, admin: Account, mentor: Account
) -> None:
    """The form suggests members and people of visible sessions, but no people of private ones."""
    add_account(library, "A Member", admin.viewer.role or "mentor")
    with library.transaction() as db:
        hidden, visible = person_named(db, "Hidden Voice").id, person_named(db, "Heard Voice").id
    add_session(
        library,
        title="x",
        visibility=Visibility.PRIVATE,
        owner=admin,
        participants=[(hidden, ParticipantRole.MENTEE)],
    )
    add_session(library, title="y", participants=[(visible, ParticipantRole.MENTEE)])

    page = browse(mentor).get("/add").text

    assert "A Member" in page
    assert "Heard Voice" in page
    assert "Hidden Voice" not in page


def test_two_people_at_once_get_a_session_each(
    browse: Browse, library: Library, admin: Account, mentor: Account
) -> None:
    """Recordings that two members send at the same time become one session of each member."""
    from concurrent.futures import ThreadPoolExecutor

    browsers = [(browse(who), who) for who in (admin, mentor)]

    with ThreadPoolExecutor() as both:
        answers = list(
            both.map(
                lambda pair: pair[0].post(
                    "/add", {"file": file(b"\0" + pair[1].name.encode() * 999, "talk.mp3")}
                ),
                browsers,
            )
        )

    assert [a.status_code for a in answers] == [302, 302]
    with library.reading() as db:
        owners = {s.session.owner_id for s in jobs.unfinished_sources(db)}
    assert owners == {admin.id, mentor.id}
