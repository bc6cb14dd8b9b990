"""Tests of the question box and the answers.

Covers: query.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from library.capture import sample_library
from library.discovery.search_scope import Filters
from library.models import Form, ParticipantRole, SourceKind, Visibility
from library.store import Library
from search.results.result_types import Repeat
from tests.builders import LINE, Account, add_session
from tests.web.client import Browser
from tests.web.prepared_answers import PreparedEngine, answer, hit, quote

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
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=visibility,
    )
    return built.session_id, built.source_id


def test_home_shows_questions_and_quotes_of_the_library(browse, library, mentor, mentee) -> None:
    """The home page shows a mentee's question and a mentor's quote with a link to its second."""
    session_id, source_id = add_talk(library, mentor, mentee, Visibility.PUBLIC)

    page = browse().get("/").text

    assert ASKED in page
    assert TOLD in page
    assert f"/sessions/{session_id}?t={LINE:g}&amp;source={source_id}#s1" in page


def test_home_quotes_unnamed_speakers(browse, library) -> None:
    """The home page quotes a recording whose speakers are all unnamed."""
    add_session(library, title="Unnamed", lines=[("", ASKED), ("", TOLD)])

    page = browse().get("/").text

    assert ASKED in page
    assert TOLD in page


def test_home_shows_a_guest_nothing_private(browse, library, mentor, mentee) -> None:
    """The home page shows a guest no question or quote of a session for its participants."""
    add_talk(library, mentor, mentee, Visibility.PARTICIPANTS)

    guest, taking_part = browse().get("/").text, browse(mentee).get("/").text

    assert ASKED not in guest
    assert TOLD not in guest
    assert TOLD in taking_part


def test_home_shows_the_questions_of_the_sample_library(browse, library) -> None:
    """The home page shows the questions of the sample library after it was loaded."""
    sample_library.load(library)

    page = browse().get("/").text.replace("&#39;", "'")

    assert all(question in page for question in sample_library.questions()[:3])
    assert "can be searched so far" in page


def test_an_empty_library_says_what_to_do_first(browse, admin, mentor) -> None:
    """The home page of an empty library offers administrators the sample library.

    It offers mentors to add a session, and guests to sign in.
    """
    pages = {who: browse(who).get("/").text for who in (admin, mentor, None)}

    assert "Load the sample library" in pages[admin]
    assert "Add a session" in pages[mentor]
    assert "Load the sample library" not in pages[mentor]
    assert "Add a session" not in pages[None]
    assert "Sign in" in pages[None]


def test_a_moment_leads_to_its_second_with_the_question(
    answering: Callable[[object], Browser],
) -> None:
    """The link of a hit contains session, source, second, segment and question."""
    page = answering(PreparedEngine(answer(hit()))).get("/?q=same day?").text

    assert 'href="/sessions/7?t=12.3&amp;q=same+day?&amp;source=9#s3"' in page
    assert "<mark>same day</mark>" in page
    assert "3 of 4 sessions searchable" in page
    assert "by words and meaning" in page
    assert 'data-src="/media/9"' in page


def test_a_paragraph_of_a_note_has_no_play_button(answering: Callable[[object], Browser]) -> None:
    """A hit in a note links to its paragraph and has no play button."""
    written = hit(start=None, kind=SourceKind.NOTE)

    page = answering(PreparedEngine(answer(written))).get("/?q=same day").text

    assert 'href="/sessions/7?q=same+day&amp;source=9#p3"' in page
    assert "data-moment" not in page


def test_moments_after_the_third_are_folded(answering: Callable[[object], Browser]) -> None:
    """The results show three hits of a session. Further hits are inside a collapsed element."""
    hits = [hit(f"Moment {n} of the same day.", start=float(n), segment=n) for n in range(5)]

    page = answering(PreparedEngine(answer(*hits))).get("/?q=day").text
    visible, folded = page.split('<details class="more">')

    assert "2 more in this session" in folded
    assert [f"Moment {n}" in visible for n in range(5)] == [True, True, True, False, False]
    assert visible.count('<rect class="hit"') == 5


def test_the_same_words_in_another_session_are_a_link_under_the_moment(
    answering: Callable[[object], Browser],
) -> None:
    """If another session repeats the words of a hit, the hit links to that session."""
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


def test_nothing_found_is_said_before_the_nearest_results(
    answering: Callable[[object], Browser],
) -> None:
    """If nothing answers the question well, the page says so before the nearest places.

    The places have speaker, session and date, and can be played.
    """
    page = answering(PreparedEngine(answer(hit(), found=False))).get("/?q=whales").text
    nearest = page[page.index("The nearest") : page.index("Try other words")]

    assert page.index("I found nothing that answers this well") < page.index("The nearest")
    assert all(text in nearest for text in ("same day", "Ada", "A talk about feedback"))
    assert "31 May 2024" in nearest
    assert "data-moment" in nearest
    assert "Best answers" not in page


def test_nothing_found_says_how_else_to_ask(answering: Callable[[object], Browser]) -> None:
    """The page says in which languages one can ask, and in which the sessions are."""
    nothing = answer(hit(), found=False)
    many = PreparedEngine(nothing, model="intfloat/multilingual-e5-small", languages=["en", "de"])
    english = PreparedEngine(nothing, model="all-MiniLM-L6-v2", languages=["en", ""])
    words = PreparedEngine(replace(nothing, engines=("words",)))

    pages = [answering(engine).get("/?q=whales").text for engine in (many, english, words)]

    assert "about a hundred languages" in pages[0]
    assert "Languages of the sessions that you may see: English, German." in pages[0]
    assert "Meaning is compared best in English." in pages[1]
    assert "Some sessions do not say their language." in pages[1]
    assert "Words are compared, not their meaning" in pages[2]


def test_weak_quotes_give_way_to_places_to_listen(answering: Callable[[object], Browser]) -> None:
    """If the best quote is weak, the page shows the best places instead of quotes."""
    weak = PreparedEngine(answer(hit()), quotes=[quote("A weak quote.")], weak=True)

    page = answering(weak).get("/?q=day").text

    assert page.index("Best places to listen") < page.index("All results by session")
    assert "A weak quote." not in page
    assert "Best answers" not in page


def test_filters_in_the_address_reach_the_search_and_stay_in_the_form(
    answering: Callable[[object], Browser],
) -> None:
    """Filters in the address are applied to the search, and the form shows them."""
    engine = PreparedEngine(answer(hit()))
    where = "collection=2&speaker=5&from=2024-01-01&to=2024-12-31&kind=note&form=peer"

    page = answering(engine).get(f"/?q=day&{where}").text

    assert engine.filters == Filters(
        collection_id=2,
        person_id=5,
        since=engine.filters.since,
        until=engine.filters.until,
        kinds=[SourceKind.NOTE],
        described={"form": [Form.PEER]},
    )
    assert str(engine.filters.since) == "2024-01-01"
    assert str(engine.filters.until) == "2024-12-31"
    assert '<input type="hidden" name="form" value="peer">' in page
    assert 'value="2024-12-31"' in page
    assert "until 31 December 2024" in page


@pytest.mark.parametrize(
    "wrong", ["collection=x", "speaker=-1", "from=yesterday", "kind=film", "form=duel"]
)
def test_an_invalid_filter_is_refused_with_a_message(browse, wrong: str) -> None:
    """An address with an invalid filter is refused with a message that quotes the value."""
    refused = browse().get(f"/?q=day&{wrong}")

    assert refused.status_code == 400
    assert "“" in refused.text


@pytest.mark.parametrize(
    "question", ["<script>alert(1)</script>", '" onload="x', "%00", "🦉" * 300, "%ff", "a" * 9000]
)
def test_any_question_is_text_and_nothing_else(app: Flask, question: str) -> None:
    """Any typed question answers 200, and its text is escaped."""
    page = Browser(app).client.get("/", query_string={"q": question})

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert '" onload="' not in page.text


def test_a_person_is_shown_in_their_own_words(browse, library, mentor, mentee) -> None:
    """The page of a person quotes the person from sessions that the viewer may see."""
    add_talk(library, mentor, mentee, Visibility.PUBLIC)
    hidden = "I have told nobody else how near we came to closing the whole workshop that year."
    add_session(
        library,
        lines=[(mentor.name, hidden)],
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.PRIVATE,
    )

    page = browse().get(f"/people/{mentor.id}").text

    assert TOLD in page
    assert f'data-start="{LINE}"' in page
    assert hidden not in page
