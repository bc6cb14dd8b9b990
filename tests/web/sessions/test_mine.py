"""Tests of the page "My sessions", and of changing, releasing and removing a session."""

import io
from collections.abc import Callable

from library.collections import collections
from library.models import Form, ParticipantRole, Stage, State, Visibility
from library.queue import WorkQueue
from library.sessions import jobs, sessions, sources
from library.store import Library
from library.transcripts import versions
from tests.builders import Account, add_session, add_waiting
from tests.web.client import Browser

Browse = Callable[..., Browser]


def test_sessions_are_grouped_by_state(browse: Browse, library: Library, mentor: Account) -> None:
    """The page "My sessions" groups sessions as failed, in progress, private and released."""
    failed, busy = add_waiting(library, title="Broken"), add_waiting(library, title="On its way")
    with library.transaction() as db:
        jobs.fail(db, failed, "It holds no sound.")
        for source_id in (failed, busy):
            sources.get(db, source_id).session.owner_id = mentor.id
    add_session(library, owner=mentor, title="Mine alone", visibility=Visibility.PRIVATE)
    add_session(library, owner=mentor, title="For all", visibility=Visibility.MEMBERS)
    add_session(library, title="Of others")

    page = browse(mentor).get("/mine").text

    order = ["Processing failed", "Broken", "In progress", "On its way", "Mine alone", "For all"]
    assert sorted(order, key=page.index) == order
    assert "It holds no sound." in page
    assert "Of others" not in page


def test_an_empty_page_says_what_to_do_first(browse: Browse, mentor: Account) -> None:
    """A mentor without sessions gets a link to add one."""
    page = browse(mentor).get("/mine").text

    assert "You have no sessions yet" in page
    assert 'href="/add"' in page


def test_details_can_be_changed(browse: Browse, library: Library, mentor: Account) -> None:
    """The form changes a session's title, type and participants."""
    built = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    member, path = browse(mentor), f"/sessions/{built.session_id}/edit"

    answer = member.post(
        path,
        {
            "title": "A better title",
            "form": "peer",
            "visibility": "members",
            "held_on": "2023-02-01",
            "person": ["Zoe", "Zoe"],
            "part": ["peer", "peer"],
        },
    )

    assert answer.location == f"/sessions/{built.session_id}"
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        assert (session.title, session.form) == ("A better title", Form.PEER)
        assert [(p.person.name, p.part) for p in session.participants] == [
            ("Zoe", ParticipantRole.PEER)
        ]
    assert 'value="A better title"' in member.get(path).text


def test_a_refused_change_keeps_its_fields(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """A change without a title is refused, and the form keeps its other fields."""
    built = add_session(library, owner=mentor, title="As it was")

    answer = browse(mentor).post(
        f"/sessions/{built.session_id}/edit", {"title": " ", "description": "A long text."}
    )

    assert answer.status_code == 400
    assert "A long text." in answer.text
    with library.reading() as db:
        assert sessions.get(db, built.session_id).title == "As it was"


def test_only_its_owner_and_administrators_change_a_session(
    browse: Browse, library: Library, mentor: Account, mentee: Account, admin: Account
) -> None:
    """Only the owner and administrators get the form that changes a session."""
    path = f"/sessions/{add_session(library, owner=mentor).session_id}/edit"

    answers = [browse(who).get(path).status_code for who in (mentor, admin, mentee, None)]

    assert answers == [200, 200, 403, 302]


def test_an_administrator_puts_a_session_in_collections(
    browse: Browse, library: Library, admin: Account
) -> None:
    """An administrator chooses the collections of a session in its form."""
    built = add_session(library, owner=admin)
    with library.transaction() as db:
        made = [collections.add(db, admin.viewer, title=t).id for t in ("One", "Two")]
    member, path = browse(admin), f"/sessions/{built.session_id}/edit"

    member.post(path, {"title": "x", "collection": [str(i) for i in made]})
    member.post(path, {"title": "x", "collection": [str(made[1])]})

    with library.reading() as db:
        assert [c.title for c in collections.collections_of_session(db, built.session_id)] == [
            "Two"
        ]


def test_a_session_is_released_and_made_private(
    browse: Browse, library: Library, mentor: Account, mentee: Account
) -> None:
    """Other members find a session from its release until its owner makes it private."""
    alone = [("Ada Mentor", "Ask on the same day.")]
    built = add_session(library, lines=alone, owner=mentor, visibility=Visibility.PRIVATE)
    page, path = f"/sessions/{built.session_id}", f"/sessions/{built.session_id}/visibility"
    owner, reader = browse(mentor), browse(mentee)

    statuses = [reader.get(page).status_code]
    for visibility in ("members", "private"):
        owner.post(path, {"visibility": visibility})
        statuses.append(reader.get(page).status_code)

    assert statuses == [404, 200, 404]


def test_an_uploaded_transcript_replaces_the_recognised_one(
    browse: Browse, library: Library, queue: WorkQueue, mentor: Account
) -> None:
    """After the upload of a transcript, the recording is queued again from the stage "decoded".

    The automatic transcript stays until the worker has read the new one.
    """
    built = add_session(library, owner=mentor)
    words = io.BytesIO(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello")

    answer = browse(mentor).post(
        f"/sessions/{built.session_id}/transcript",
        {"source": str(built.source_id), "file": (words, "../by hand.vtt")},
    )

    assert answer.status_code == 302
    assert queue.pending() == 1
    with library.reading() as db:
        source = sources.get(db, built.source_id)
        assert (source.state, source.stage) == (State.WAITING, Stage.DECODED)
        assert source.transcript_filename == "by hand.vtt"
        assert versions.current_version(db, built.source_id) is not None


def test_an_invalid_transcript_is_refused(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """An audio file in place of a transcript is refused and is not stored."""
    built = add_session(library, owner=mentor)

    answer = browse(mentor).post(
        f"/sessions/{built.session_id}/transcript",
        {"source": str(built.source_id), "file": (io.BytesIO(b"sound"), "a.mp3")},
    )

    assert answer.status_code == 400
    assert "WebVTT" in answer.text
    stored = list((library.settings.home / "files" / "kept").rglob("*/*"))
    assert len(stored) == 1


def test_removing_names_what_is_lost_and_leaves_nothing(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """The page that asks for confirmation lists the file and the passages of a session.

    After the removal, the file does not exist, and the page of the session answers 410.
    """
    built = add_session(library, owner=mentor, title="To be removed", content=b"its sound")
    member, path = browse(mentor), f"/sessions/{built.session_id}/remove"

    confirmation, answer = member.get(path).text, member.post(path, {"for_good": "1"})

    assert "To be removed.ogg" in confirmation
    assert "2 passages" in confirmation
    assert answer.location == "/receipts/1"
    assert "The session is removed for good" in member.get(answer.location).text
    assert member.get(f"/sessions/{built.session_id}").status_code == 410
    assert not list((library.settings.home / "files" / "kept").rglob("*/*"))


def test_a_file_that_another_session_needs_stays(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """A file that another session uses stays when one session is removed."""
    first, second = (
        add_session(library, owner=mentor, title=t, content=b"same sound") for t in ("A", "B")
    )

    browse(mentor).post(f"/sessions/{first.session_id}/remove", {"for_good": "1"})

    with library.reading() as db:
        assert library.files.has(sources.get(db, second.source_id).sha256)
