"""My sessions: seen by what they need, changed, released, removed."""

import io
from collections.abc import Callable

from library.editing import transcripts
from library.holdings import collections, jobs, sessions, sources
from library.models import Form, Part, Stage, State, Visibility
from library.queue import WorkQueue
from library.store import Library
from tests.builders import Account, add_session, add_waiting
from tests.web.browsing import Browser

Browse = Callable[..., Browser]


def test_sessions_stand_under_what_they_need(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """What failed comes first, then what is worked on, what is private, what is released."""
    failed, busy = add_waiting(library, title="Broken"), add_waiting(library, title="On its way")
    with library.transaction() as db:
        jobs.fail(db, failed, "It holds no sound.")
        for source_id in (failed, busy):
            sources.get(db, source_id).session.owner_id = mentor.id
    add_session(library, owner=mentor, title="Mine alone", visibility=Visibility.PRIVATE)
    add_session(library, owner=mentor, title="For all", visibility=Visibility.MEMBERS)
    add_session(library, title="Of others")

    page = browse(mentor).get("/mine").text

    order = ["Waiting for you", "Broken", "Being worked on", "On its way", "Mine alone", "For all"]
    assert sorted(order, key=page.index) == order
    assert "It holds no sound." in page
    assert "Of others" not in page


def test_an_empty_page_says_what_to_do_first(browse: Browse, mentor: Account) -> None:
    """Who has no sessions is led to adding one."""
    page = browse(mentor).get("/mine").text

    assert "Nothing of yours is here yet" in page
    assert 'href="/add"' in page


def test_details_can_be_changed(browse: Browse, library: Library, mentor: Account) -> None:
    """The form changes what is said about a session and keeps what was not touched."""
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
        assert [(p.person.name, p.part) for p in session.participants] == [("Zoe", Part.PEER)]
    assert 'value="A better title"' in member.get(path).text


def test_a_refused_change_keeps_what_was_typed(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """Without a title nothing is saved, and the rest stays in the form."""
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
    """Others may see a released session; its form is not theirs."""
    path = f"/sessions/{add_session(library, owner=mentor).session_id}/edit"

    answers = [browse(who).get(path).status_code for who in (mentor, admin, mentee, None)]

    assert answers == [200, 200, 403, 302]


def test_an_administrator_puts_a_session_on_shelves(
    browse: Browse, library: Library, admin: Account
) -> None:
    """The ticks of the form decide in which collections a session is."""
    built = add_session(library, owner=admin)
    with library.transaction() as db:
        made = [collections.add(db, admin.viewer, title=t).id for t in ("One", "Two")]
    member, path = browse(admin), f"/sessions/{built.session_id}/edit"

    member.post(path, {"title": "x", "collection": [str(i) for i in made]})
    member.post(path, {"title": "x", "collection": [str(made[1])]})

    with library.reading() as db:
        assert [c.title for c in collections.holding(db, built.session_id)] == ["Two"]


def test_a_session_is_released_and_taken_back(
    browse: Browse, library: Library, mentor: Account, mentee: Account
) -> None:
    """One press lets the members find a session, another hides it again."""
    alone = [("Ada Mentor", "Ask on the same day.")]
    built = add_session(library, lines=alone, owner=mentor, visibility=Visibility.PRIVATE)
    page, path = f"/sessions/{built.session_id}", f"/sessions/{built.session_id}/visibility"
    owner, reader = browse(mentor), browse(mentee)

    seen = [reader.get(page).status_code]
    for visibility in ("members", "private"):
        owner.post(path, {"visibility": visibility})
        seen.append(reader.get(page).status_code)

    assert seen == [404, 200, 404]


def test_a_written_transcript_takes_the_place_of_the_heard_one(
    browse: Browse, library: Library, queue: WorkQueue, mentor: Account
) -> None:
    """The recording goes back behind decoding, with the file to read instead of listening."""
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
        assert transcripts.current_version(db, built.source_id) is not None


def test_what_is_no_transcript_is_refused(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """A recording in the place of a transcript changes nothing and leaves no file behind."""
    built = add_session(library, owner=mentor)

    answer = browse(mentor).post(
        f"/sessions/{built.session_id}/transcript",
        {"source": str(built.source_id), "file": (io.BytesIO(b"sound"), "a.mp3")},
    )

    assert answer.status_code == 400
    assert "WebVTT" in answer.text
    kept = list((library.settings.home / "files" / "kept").rglob("*/*"))
    assert len(kept) == 1


def test_removing_says_what_is_lost_and_leaves_nothing(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """The page lists what will be gone; then words, file and page are gone."""
    built = add_session(library, owner=mentor, title="To be removed", content=b"its sound")
    member, path = browse(mentor), f"/sessions/{built.session_id}/remove"

    asked, answer = member.get(path).text, member.post(path, {"for_good": "1"})

    assert "To be removed.ogg" in asked
    assert "2 passages" in asked
    assert answer.location == "/receipts/1"
    assert "The session is removed for good" in member.get(answer.location).text
    assert member.get(f"/sessions/{built.session_id}").status_code == 410
    assert not list((library.settings.home / "files" / "kept").rglob("*/*"))


def test_a_file_that_another_session_needs_stays(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """Removing one of two sessions with the same bytes leaves the other's sound."""
    first, second = (
        add_session(library, owner=mentor, title=t, content=b"same sound") for t in ("A", "B")
    )

    browse(mentor).post(f"/sessions/{first.session_id}/remove", {"for_good": "1"})

    with library.reading() as db:
        assert library.files.has(sources.get(db, second.source_id).sha256)
