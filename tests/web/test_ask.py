"""The question box and the answers."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from library.capture import sample_library
from library.models import Form, Part, SourceKind, Visibility
from library.searching.scope import Filters
from library.store import Library
from search.answers import Repeat
from tests.builders import LINE, Account, add_session
from tests.web.browsing import Browser
from tests.web.prepared import PreparedEngine, answer, hit

ASKED = "How do I tell somebody that they talk too much?"
TOLD = (
    "Tell them the same day, in private, with one example and no adjectives, "
    "and then be quiet for as long as it takes."
)


def add_talk(
    library: Library, mentor: Account, mentee: Account, visibility: Visibility
) -> tuple[int, int]:
    built = add_session(
        library,
        title="Talking too much",
        lines=[(mentee.name, ASKED), (mentor.name, TOLD)],
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=visibility,
    )
    return built.session_id, built.source_id


def test_home_offers_questions_and_voices_of_the_library_itself(
    browse, library, mentor, mentee
) -> None:
    """The home page shows what a mentee asked and a mentor said, and leads to its second."""
    session_id, source_id = add_talk(library, mentor, mentee, Visibility.PUBLIC)

    page = browse().get("/").text

    assert ASKED in page
    assert TOLD in page
    assert f"/sessions/{session_id}?t={LINE:g}&amp;source={source_id}#s1" in page


def test_home_quotes_voices_that_nobody_has_named_yet(browse, library) -> None:
    """A recording whose speakers are unknown is not silent on the home page."""
    add_session(library, title="Unnamed", lines=[("", ASKED), ("", TOLD)])

    page = browse().get("/").text

    assert ASKED in page
    assert TOLD in page


def test_home_tells_a_guest_nothing_of_what_is_private(browse, library, mentor, mentee) -> None:
    """Questions and voices on the home page come only from what the reader may see."""
    add_talk(library, mentor, mentee, Visibility.PARTICIPANTS)

    guest, taking_part = browse().get("/").text, browse(mentee).get("/").text

    assert ASKED not in guest
    assert TOLD not in guest
    assert TOLD in taking_part


def test_the_sample_library_brings_questions_that_it_answers(browse, library) -> None:
    """With the sample library loaded, the first questions are its own."""
    sample_library.load(library)

    page = browse().get("/").text.replace("&#39;", "'")

    assert all(question in page for question in sample_library.questions()[:3])
    assert "can be searched so far" in page


def test_an_empty_library_says_what_to_do_first(browse, admin, mentor) -> None:
    """An administrator may load the samples, a mentor may add, a guest may sign in."""
    pages = {who: browse(who).get("/").text for who in (admin, mentor, None)}

    assert "Load the sample library" in pages[admin]
    assert "Add a session" in pages[mentor]
    assert "Load the sample library" not in pages[mentor]
    assert "Add a session" not in pages[None]
    assert "Sign in" in pages[None]


def test_a_moment_leads_to_its_second_with_the_question(
    answering: Callable[[object], Browser],
) -> None:
    """The address of a moment holds session, source, second, line and question."""
    page = answering(PreparedEngine(answer(hit()))).get("/?q=same day?").text

    assert 'href="/sessions/7?t=12.3&amp;q=same+day?&amp;source=9#s3"' in page
    assert "<mark>same day</mark>" in page
    assert "3 of 4 sessions searchable" in page
    assert "by words and meaning" in page
    assert 'data-src="/media/9"' in page


def test_a_paragraph_of_a_note_has_no_play_button(answering: Callable[[object], Browser]) -> None:
    """Written words lead to their paragraph and cannot be played."""
    written = hit(start=None, kind=SourceKind.NOTE)

    page = answering(PreparedEngine(answer(written))).get("/?q=same day").text

    assert 'href="/sessions/7?q=same+day&amp;source=9#p3"' in page
    assert "data-moment" not in page


def test_moments_after_the_third_are_folded(answering: Callable[[object], Browser]) -> None:
    """A session shows three moments; the others open on demand."""
    hits = [hit(f"Moment {n} of the same day.", start=float(n), segment=n) for n in range(5)]

    page = answering(PreparedEngine(answer(*hits))).get("/?q=day").text
    shown, folded = page.split('<details class="more">')

    assert "2 more in this session" in folded
    assert [f"Moment {n}" in shown for n in range(5)] == [True, True, True, False, False]
    assert shown.count('<rect class="hit"') == 5


def test_the_same_words_in_another_session_are_a_link_under_the_moment(
    answering: Callable[[object], Browser],
) -> None:
    """What is folded is named, and one press away."""
    other = Repeat(
        passage_id=8,
        session_id=3,
        title="Told again",
        source_id=4,
        kind=SourceKind.RECORDING,
        start=65.0,
        segment=2,
    )

    page = answering(PreparedEngine(answer(replace(hit(), repeats=[other])))).get("/?q=day").text

    assert "The same words in" in page
    assert re.search(r'<a href="/sessions/3\?t=[^"]+&amp;source=4#s2">Told again</a>', page)


def test_nothing_found_is_said_and_the_nearest_is_named_as_such(
    answering: Callable[[object], Browser],
) -> None:
    """Without evidence the page says so before it shows what comes nearest."""
    page = answering(PreparedEngine(answer(hit(), found=False))).get("/?q=whales").text

    assert page.index("Nobody in this library has spoken about that") < page.index("same day")
    assert "The nearest moments" in page


def test_filters_in_the_address_reach_the_search_and_stay_in_the_form(
    answering: Callable[[object], Browser],
) -> None:
    """The whole search stands in its address."""
    engine = PreparedEngine(answer(hit()))
    where = "collection=2&speaker=5&from=2024-01-01&to=2024-12-31&kind=note&form=peer"

    page = answering(engine).get(f"/?q=day&{where}").text

    assert engine.filters == Filters(
        collection_id=2,
        person_id=5,
        since=engine.filters.since,
        until=engine.filters.until,
        kinds=[SourceKind.NOTE],
        forms=[Form.PEER],
    )
    assert str(engine.filters.since) == "2024-01-01"
    assert str(engine.filters.until) == "2024-12-31"
    assert '<input type="hidden" name="form" value="peer">' in page
    assert 'value="2024-12-31"' in page
    assert "until 31 December 2024" in page


@pytest.mark.parametrize(
    "wrong", ["collection=x", "speaker=-1", "from=yesterday", "kind=film", "form=duel"]
)
def test_a_filter_that_cannot_be_is_refused_with_a_sentence(browse, wrong: str) -> None:
    """A mistyped address says which part of it is wrong."""
    refused = browse().get(f"/?q=day&{wrong}")

    assert refused.status_code == 400
    assert "“" in refused.text


@pytest.mark.parametrize(
    "question", ["<script>alert(1)</script>", '" onload="x', "%00", "🦉" * 300, "%ff", "a" * 9000]
)
def test_any_question_is_text_and_nothing_else(app: Flask, question: str) -> None:
    """What was asked is shown as it was written, never as markup, and breaks nothing."""
    page = Browser(app).client.get("/", query_string={"q": question})

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert '" onload="' not in page.text


def test_a_person_is_shown_in_their_own_words(browse, library, mentor, mentee) -> None:
    """What somebody speaks about can be played, as far as the reader may see it."""
    add_talk(library, mentor, mentee, Visibility.PUBLIC)
    hidden = "I have told nobody else how near we came to closing the whole workshop that year."
    add_session(
        library,
        lines=[(mentor.name, hidden)],
        participants=[(mentor.id, Part.MENTOR)],
        visibility=Visibility.PRIVATE,
    )

    page = browse().get(f"/people/{mentor.id}").text

    assert TOLD in page
    assert f'data-start="{LINE}"' in page
    assert hidden not in page
