"""Tests of the session page, captions, word times, the list of sessions and people."""

import re

import pytest
from flask import Flask

from library import access
from library.models import ParticipantRole, SourceKind, Visibility
from library.sessions import sessions, sources
from library.store import Library
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from search.engine import Engine
from tests.builders import TALK, Account, Built, add_session, add_waiting, agree
from tests.web.client import Browser
from tests.web.prepared_answers import RefusingEngine
from tests.web.shared_routes import made_app


def replace_words(library: Library, built: Built, *segments: SegmentDraft) -> None:
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        versions.save_version(db, source, segments, origin="whisper", language="en")


def test_a_name_stands_once_for_each_turn(browse, library) -> None:
    """The name of a speaker is shown once for each turn."""
    lines = [("Ada", "First."), ("Ada", "Second."), ("Ben", "Third."), ("Ada", "Fourth.")]
    built = add_session(library, lines=lines)

    page = browse().get(f"/sessions/{built.session_id}").text

    names = re.findall(r'<h3 class="who">.*?<span>(\w+)</span></h3>', page)
    assert names == ["Ada", "Ben", "Ada"]
    assert [f'id="s{n}"' in page for n in range(5)] == [True, True, True, True, False]


def test_a_long_speech_is_cut_into_turns(browse, library) -> None:
    """A turn on the page has at most 40 segments.

    A speech that continues in the next turn does not repeat the name.
    """
    built = add_session(library, lines=[("Ada", f"Line {n}.") for n in range(100)])

    page = browse().get(f"/sessions/{built.session_id}").text

    turns = page.split('<section class="turn')[1:]
    assert [turn.count('class="line"') for turn in turns] == [40, 40, 20]
    assert page.count('<h3 class="who">') == 1


@pytest.mark.parametrize(
    ("given", "start"),
    [("754", 754.0), ("12m34s", 754.0), ("1h2m3s", 3723.0), ("7.5", 7.5), ("soon", 0.0), ("", 0.0)],
)
def test_an_address_names_the_second(browse, library, given, start) -> None:
    """The parameter `t` is in seconds or in hours, minutes and seconds.

    An invalid value means 0.
    """
    built = add_session(library)

    page = browse().get(f"/sessions/{built.session_id}?t={given}").text

    assert f'data-start="{start}"' in page
    assert (f'src="/media/{built.source_id}#t={start:.1f}"' in page) == (start > 0)


def test_a_question_in_the_address_marks_and_lists_its_hits(browse, library) -> None:
    """The parameter `q` marks the words in the transcript and lists links to the hits."""
    built = add_session(library)

    page = browse().get(f"/sessions/{built.session_id}?q=complaint").text

    assert "1 result for “complaint”" in page
    assert "<mark>complaint</mark>" in page.split("data-transcript")[1]
    assert (
        f'href="/sessions/{built.session_id}?source={built.source_id}&amp;t=10&amp;q=complaint#s1"'
        in page
    )


def test_within_a_session_every_hit_is_found(app, library, queue, embedder) -> None:
    """A search within a session finds every segment that contains the word."""
    subjects = ("bridges", "ferries", "lighthouses", "cranes", "harbours")
    lines = [
        line
        for subject in subjects
        for line in (
            ("Ada", f"A contractor for {subject} rang."),
            ("Ben", f"Tell me of {subject}."),
        )
    ]
    built = add_session(library, lines=lines)
    site = made_app(library=library, engine=Engine(library, embedder), queue=queue)

    page = Browser(site).get(f"/sessions/{built.session_id}?q=contractor").text

    assert re.findall(r'data-hit data-t="[^"]*" data-line="s(\d)"', page) == list("02468")
    assert page.split("data-transcript")[1].count("<mark>contractor</mark>") == 5


def test_a_session_can_be_read_while_the_search_cannot_answer(app, library, queue) -> None:
    """The session page shows the transcript even if the search fails."""
    built = add_session(library)
    site = made_app(library=library, engine=RefusingEngine(), queue=queue)

    page = Browser(site).get(f"/sessions/{built.session_id}?q=complaint")

    assert page.status_code == 200
    assert TALK[0][1] in page.text


def test_hidden_and_absent_sessions_look_the_same(browse, library, mentor, mentee) -> None:
    """Another member gets the same answer for a private session as for an absent one."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE).session_id

    answers = [browse(mentee).get(f"/sessions/{i}") for i in (hidden, hidden + 1)]

    assert [a.status_code for a in answers] == [404, 404]
    assert len({re.sub(r'value="[^"]+"', "", a.text) for a in answers}) == 1
    assert browse(mentor).get(f"/sessions/{hidden}").status_code == 200


def test_a_removed_session_answers_410(browse, library, admin) -> None:
    """The page of a removed session answers 410 and contains none of the session's words."""
    built = add_session(library)
    with library.transaction() as db:
        sessions.remove(db, access.session_for(db, admin.viewer, built.session_id))

    removed = browse().get(f"/sessions/{built.session_id}")

    assert removed.status_code == 410
    assert "removed" in removed.text
    assert TALK[0][1] not in removed.text


def test_uncertain_and_suspect_words_are_marked(browse, library) -> None:
    """Words of low confidence are marked. A possibly hallucinated segment shows the reason."""
    built = add_session(library)
    doubtful = SegmentDraft(
        text="Call the <b>matron</b>.",
        start=0.0,
        end=2.0,
        words=[("Call", 0, 1, 0.9), ("the", 1, 1.2, 0.9), ("<b>matron</b>.", 1.2, 2, 0.1)],
    )
    suspect = SegmentDraft(text="Thank you.", start=2.0, end=3.0, suspect="said into silence")

    replace_words(library, built, doubtful, suspect)
    agree(library, built.session_id)
    page = browse().get(f"/sessions/{built.session_id}").text

    assert ">&lt;b&gt;matron&lt;/b&gt;.</span>" in page
    assert page.count('class="unsure"') == 1
    assert '<p class="line suspect" id="s1"' in page
    assert "Not searched: said into silence" in page


def test_notices_of_the_decoder_are_shown(browse, library) -> None:
    """The session page shows the notices of the decoder."""
    built = add_session(library)
    with library.transaction() as db:
        sources.get(db, built.source_id).notices = [
            {"kind": "missing", "message": "2.00 seconds are silent.", "start": 1, "end": 3}
        ]

    assert "2.00 seconds are silent." in browse().get(f"/sessions/{built.session_id}").text


def test_a_waiting_session_shows_its_progress(browse, library, admin) -> None:
    """The page of a session without transcript shows the state of its job."""
    source_id = add_waiting(library, title="Not heard yet")

    page = browse(admin).get("/sessions/1").text

    assert f'data-job="/jobs/{source_id}.json"' in page
    assert "Waiting in the queue" in page


def test_a_note_is_rendered_and_sanitised(browse, library) -> None:
    """A note is rendered from Markdown without scripts, unsafe links and images."""
    lines = [
        ("", "# A list\n"),
        ("", "Say *thank you*. <script>alert(1)</script> [x](javascript:alert(1))"),
        ("", "![a picture](https://example.org/spy.png)"),
    ]
    built = add_session(library, lines=lines, kind=SourceKind.NOTE)

    page = browse().get(f"/sessions/{built.session_id}?q=thank").text
    note = page.split('<div class="paper"')[1]

    assert '<section id="p1">' in note
    assert "<em><mark>thank</mark>" in note
    assert "<script>alert" not in note
    assert 'href="javascript' not in note
    assert "<img" not in note


def test_a_session_of_several_sources_shows_the_requested_one(browse, library) -> None:
    """The parameter `source` selects the source that the session page shows."""
    built = add_session(library)
    with library.transaction() as db:
        session = access.session_for(db, access.GUEST, built.session_id)
        stored, size = library.files.keep([b"a note"])
        note = sources.add(
            db, session, kind=SourceKind.NOTE, filename="after.md", sha256=stored, size=size
        )
        versions.save_version(db, note, [SegmentDraft(text="Written after.")], origin="note")
        note_id = note.id
    agree(library, built.session_id)

    first = browse().get(f"/sessions/{built.session_id}").text
    second = browse().get(f"/sessions/{built.session_id}?source={note_id}").text

    assert "Written after." not in first
    assert "Written after." in second
    assert "data-player" not in second


def test_captions_are_webvtt_with_speakers(browse, library) -> None:
    """Captions are WebVTT with speakers and escaped text.

    Segments that may be hallucinated are left out.
    """
    built = add_session(library)
    replace_words(
        library,
        built,
        SegmentDraft(text="Less < more & more.", start=3661.5, end=3663.0, speaker="Ada"),
        SegmentDraft(text="Thank you.", start=3663.0, end=3664.0, suspect="repeated"),
    )

    captions = browse().get(f"/sessions/{built.session_id}/captions/{built.source_id}.vtt")

    assert captions.mimetype == "text/vtt"
    assert captions.text == (
        "WEBVTT\n\n01:01:01.500 --> 01:01:03.000\n<v Ada>Less &lt; more &amp; more.\n"
    )


def test_word_times_come_in_pages(browse, library) -> None:
    """A response contains the word times of at most 200 segments.

    Times that were not measured are estimated.
    """
    built = add_session(library, lines=[("Ada", "One two.")] * 250)

    path = f"/sessions/{built.session_id}/words/{built.source_id}.json"
    first, rest = (browse().get(f"{path}?from={n}").json["lines"] for n in (0, 200))

    assert list(first["0"][0]) == ["One", 0.0, first["0"][1][1]]
    assert (len(first), len(rest)) == (200, 50)
    assert rest["200"][0][1] == 2000.0


@pytest.mark.parametrize("tail", ["captions/{}.vtt", "words/{}.json"])
def test_words_of_a_private_session_are_not_found(browse, library, mentor, mentee, tail) -> None:
    """Only the owner gets captions and word times of a private session. Others get 404."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    path = f"/sessions/{hidden.session_id}/{tail.format(hidden.source_id)}"

    assert [browse(who).get(path).status_code for who in (None, mentee, mentor)] == [404, 404, 200]


def test_a_passage_keeps_its_address(browse, library, mentor, mentee) -> None:
    """The permanent address of a passage redirects to its second.

    The address of a passage of a private session answers 404.
    """
    visible = add_session(library)
    hidden = add_session(library, title="B", owner=mentor, visibility=Visibility.PRIVATE)

    led = browse().get(f"/p/{visible.passage_ids[1]}")
    refused = browse(mentee).get(f"/passages/{hidden.passage_ids[0]}")

    assert led.status_code == 302
    assert led.location == f"/sessions/{visible.session_id}?t=10&source={visible.source_id}#s1"
    assert refused.status_code == 404


def test_the_list_of_sessions_is_paged(browse, library) -> None:
    """The pages of the list show every session once, newest first."""
    ids = [add_session(library, title=f"Talk {n}").session_id for n in range(35)]
    listed, path = [], "/sessions"

    while path:
        page = browse().get(path).text
        listed += [int(i) for i in re.findall(r'<h3><a href="/sessions/(\d+)"', page)]
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more.group(1) if more else ""

    assert listed == sorted(ids, reverse=True)


def test_a_person_page_follows_access_rules(
    app: Flask, browse, library, mentor: Account, mentee: Account
) -> None:
    """A person who is only in private sessions has no page for others: it answers 404.

    Members see their own page.
    """
    add_session(
        library,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        owner=mentor,
        visibility=Visibility.PRIVATE,
    )
    path = f"/people/{mentor.id}"

    codes = [browse(who).get(path).status_code for who in (None, mentee, mentor)]

    assert codes == [404, 404, 200]
    assert browse(mentee).get(f"/people/{mentee.id}").status_code == 200
