"""A session's page, its captions and word times; the list of sessions; people."""

import re

import pytest
from flask import Flask

from library import access
from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.holdings import sessions, sources
from library.models import Part, SourceKind, Visibility
from library.store import Library
from search.engine import Engine
from tests.builders import TALK, Account, Built, add_session, add_waiting, agree
from tests.web.browsing import Browser
from tests.web.prepared import RefusingEngine
from web.site import create_app


def replace_words(library: Library, built: Built, *segments: SegmentDraft) -> None:
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        transcripts.save_version(db, source, segments, origin="whisper", language="en")


def test_a_name_stands_once_for_each_turn(browse, library) -> None:
    """A transcript reads as a conversation: two lines by one voice have one name."""
    lines = [("Ada", "First."), ("Ada", "Second."), ("Ben", "Third."), ("Ada", "Fourth.")]
    built = add_session(library, lines=lines)

    page = browse().get(f"/sessions/{built.session_id}").text

    names = re.findall(r'<h3 class="who">.*?<span>(\w+)</span></h3>', page)
    assert names == ["Ada", "Ben", "Ada"]
    assert [f'id="s{n}"' in page for n in range(5)] == [True, True, True, True, False]


def test_a_long_speech_is_cut_into_turns_that_a_browser_can_skip(browse, library) -> None:
    """No turn holds more than forty lines, and its name is not repeated."""
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
    """`?t=` takes seconds or hours, minutes and seconds; nonsense starts at the beginning."""
    built = add_session(library)

    page = browse().get(f"/sessions/{built.session_id}?t={given}").text

    assert f'data-start="{start}"' in page
    assert (f'src="/media/{built.source_id}#t={start:.1f}"' in page) == (start > 0)


def test_a_question_in_the_address_marks_its_words_and_lists_the_places(browse, library) -> None:
    """`?q=` shows where the session answers, each place a link that keeps the question."""
    built = add_session(library)

    page = browse().get(f"/sessions/{built.session_id}?q=complaint").text

    assert "1 place for “complaint”" in page
    assert "<mark>complaint</mark>" in page.split("data-transcript")[1]
    assert (
        f'href="/sessions/{built.session_id}?source={built.source_id}&amp;t=10&amp;q=complaint#s1"'
        in page
    )


def test_within_a_session_every_place_is_found(app, library, queue, embedder) -> None:
    """The whole library answers with a few moments a session; the session itself with all."""
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
    site = create_app(library=library, engine=Engine(library, embedder), queue=queue)

    page = Browser(site).get(f"/sessions/{built.session_id}?q=contractor").text

    assert re.findall(r'data-hit data-t="[^"]*" data-line="s(\d)"', page) == list("02468")
    assert page.split("data-transcript")[1].count("<mark>contractor</mark>") == 5


def test_a_session_can_be_read_while_the_search_cannot_answer(app, library, queue) -> None:
    """Missing weights take the places found away, not the page."""
    built = add_session(library)
    site = create_app(library=library, engine=RefusingEngine(), queue=queue)

    page = Browser(site).get(f"/sessions/{built.session_id}?q=complaint")

    assert page.status_code == 200
    assert TALK[0][1] in page.text


def test_hidden_and_absent_sessions_look_the_same(browse, library, mentor, mentee) -> None:
    """Nobody learns from an answer whether there is something they may not see."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE).session_id

    answers = [browse(mentee).get(f"/sessions/{i}") for i in (hidden, hidden + 1)]

    assert [a.status_code for a in answers] == [404, 404]
    assert len({re.sub(r'value="[^"]+"', "", a.text) for a in answers}) == 1
    assert browse(mentor).get(f"/sessions/{hidden}").status_code == 200


def test_a_removed_session_leaves_a_plain_stone(browse, library, admin) -> None:
    """The old address says that it was removed, and shows none of its words."""
    built = add_session(library)
    with library.transaction() as db:
        sessions.remove(db, access.session_for(db, admin.viewer, built.session_id))

    gone = browse().get(f"/sessions/{built.session_id}")

    assert gone.status_code == 410
    assert "removed" in gone.text
    assert TALK[0][1] not in gone.text


def test_doubtful_and_suspect_words_are_shown_as_such(browse, library) -> None:
    """A word heard with little certainty is underlined; a suspect line is struck, with why."""
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


def test_what_the_decoder_lost_is_said(browse, library) -> None:
    """Notices of the decoder stand above the transcript as sentences."""
    built = add_session(library)
    with library.transaction() as db:
        sources.get(db, built.source_id).notices = [
            {"kind": "missing", "message": "2.00 seconds are silent.", "start": 1, "end": 3}
        ]

    assert "2.00 seconds are silent." in browse().get(f"/sessions/{built.session_id}").text


def test_a_session_at_work_says_where_the_work_stands(browse, library, admin) -> None:
    """Before there are words, the page shows the stages."""
    source_id = add_waiting(library, title="Not heard yet")

    page = browse(admin).get("/sessions/1").text

    assert f'data-job="/jobs/{source_id}.json"' in page
    assert "Waiting for its turn" in page


def test_a_note_is_rendered_and_cleaned(browse, library) -> None:
    """Markdown becomes paragraphs with addresses; scripts, pictures and foreign code do not."""
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


def test_a_session_of_several_parts_shows_the_one_that_was_asked_for(browse, library) -> None:
    """`?source=` chooses among recording, note and transcript."""
    built = add_session(library)
    with library.transaction() as db:
        session = access.session_for(db, access.GUEST, built.session_id)
        kept, size = library.files.keep([b"a note"])
        note = sources.add(
            db, session, kind=SourceKind.NOTE, filename="after.md", sha256=kept, size=size
        )
        transcripts.save_version(db, note, [SegmentDraft(text="Written after.")], origin="note")
        note_id = note.id
    agree(library, built.session_id)

    first = browse().get(f"/sessions/{built.session_id}").text
    second = browse().get(f"/sessions/{built.session_id}?source={note_id}").text

    assert "Written after." not in first
    assert "Written after." in second
    assert "data-player" not in second


def test_captions_are_webvtt_with_voices(browse, library) -> None:
    """The player's captions are the transcript's words, escaped, without suspect lines."""
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


def test_word_times_come_in_stretches(browse, library) -> None:
    """Each word has its seconds; a line without measured ones is shared out by letters."""
    built = add_session(library, lines=[("Ada", "One two.")] * 250)

    path = f"/sessions/{built.session_id}/words/{built.source_id}.json"
    first, rest = (browse().get(f"{path}?from={n}").json["lines"] for n in (0, 200))

    assert list(first["0"][0]) == ["One", 0.0, first["0"][1][1]]
    assert (len(first), len(rest)) == (200, 50)
    assert rest["200"][0][1] == 2000.0


@pytest.mark.parametrize("tail", ["captions/{}.vtt", "words/{}.json"])
def test_words_of_a_hidden_session_are_not_there(browse, library, mentor, mentee, tail) -> None:
    """Captions and word times follow the same rule as the page."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    path = f"/sessions/{hidden.session_id}/{tail.format(hidden.source_id)}"

    assert [browse(who).get(path).status_code for who in (None, mentee, mentor)] == [404, 404, 200]


def test_a_passage_keeps_its_address(browse, library, mentor, mentee) -> None:
    """A stable address leads to the second of its words; hidden ones lead nowhere."""
    shown = add_session(library)
    hidden = add_session(library, title="B", owner=mentor, visibility=Visibility.PRIVATE)

    led = browse().get(f"/p/{shown.passage_ids[1]}")
    refused = browse(mentee).get(f"/passages/{hidden.passage_ids[0]}")

    assert led.status_code == 302
    assert led.location == f"/sessions/{shown.session_id}?t=10&source={shown.source_id}#s1"
    assert refused.status_code == 404


def test_the_list_of_sessions_goes_on_page_by_page(browse, library) -> None:
    """Every session is listed once, the newest first."""
    ids = [add_session(library, title=f"Talk {n}").session_id for n in range(35)]
    listed, path = [], "/sessions"

    while path:
        page = browse().get(path).text
        listed += [int(i) for i in re.findall(r'<h3><a href="/sessions/(\d+)"', page)]
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more.group(1) if more else ""

    assert listed == sorted(ids, reverse=True)


def test_a_person_is_known_by_the_sessions_one_may_see(
    app: Flask, browse, library, mentor: Account, mentee: Account
) -> None:
    """Somebody in private sessions only is unknown to others, never to themselves."""
    add_session(
        library,
        participants=[(mentor.id, Part.MENTOR)],
        owner=mentor,
        visibility=Visibility.PRIVATE,
    )
    path = f"/people/{mentor.id}"

    codes = [browse(who).get(path).status_code for who in (None, mentee, mentor)]

    assert codes == [404, 404, 200]
    assert browse(mentee).get(f"/people/{mentee.id}").status_code == 200
