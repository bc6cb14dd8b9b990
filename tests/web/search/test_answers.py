"""Tests of the answer page: quotes, opinions, speakers, filters and generated answer.

Covers: facet_links.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

from flask import Flask

from library.models import Visibility
from library.queue import WorkQueue
from library.sessions import sessions
from library.settings import Settings
from library.store import Library, open_library
from search.ranking.session_match import MatchedField
from search.results.result_types import FacetCount, Facets, Order, SpeakerResult
from search.text.query_operators import find_operators
from tests.builders import Account, add_session, signed_in
from tests.web.client import Browser
from tests.web.prepared_answers import PreparedEngine, answer, hit, quote
from tests.web.shared_routes import made_app

Answering = Callable[[object], Browser]


def test_quotes_come_first_with_date_and_second(answering: Answering) -> None:
    """Quotes come before all results, with date and link.

    A quote of a recording can be played.
    """
    engine = PreparedEngine(answer(hit()), quotes=[quote(person_id=3), quote(start=None)])

    page = answering(engine).get("/?q=day").text
    quotes = page[page.index("Best answers") : page.index("All results by session")]

    assert "Tell them the same day, in private." in quotes
    assert "31 May 2024" in quotes
    assert 'data-start="12.34" data-end="16.34"' in quotes
    assert 'href="/sessions/7?t=12.3&amp;q=day&amp;source=9#s3"' in quotes
    assert quotes.count("data-moment") == 1


def test_quotes_come_before_speakers_with_evidence(answering: Answering) -> None:
    """Quotes come before the list of speakers, each with the question that it replies to.

    For each speaker, the page counts results and links to a filter.
    """
    engine = PreparedEngine(
        answer(hit()),
        quotes=[replace(quote("Ada"), asked="Why <so> early?", asked_by="Bo"), quote("Bo")],
        speakers=[
            SpeakerResult(
                name="Ada",
                person_id=5,
                moments=3,
                sessions=2,
                newest=None,
                proof=quote("Proof."),
                score=1.0,
            )
        ],
    )

    page = answering(engine).get("/?q=day&kind=recording").text

    assert page.index("Best answers") < page.index("Who speaks about this")
    assert page.count("<q>") == 1
    assert "Bo: <q>Why &lt;so&gt; early?</q>" in page
    assert "3 results in 2 sessions" in page
    assert 'href="/?q=day&amp;kind=recording&amp;speaker=5"' in page


def test_filters_are_links_with_counts_and_can_be_removed(answering: Answering) -> None:
    """Each filter value is a link with its count of sessions.

    An active filter has a link that removes it.
    """
    facets = Facets(
        speakers=[FacetCount("5", "Ada", 2), FacetCount("6", "Bo", 1)],
        described={"form": [FacetCount("peer", "peer", 3)]},
        years=[FacetCount("2024", "2024", 2), FacetCount("2023", "2023", 1)],
    )

    page = answering(PreparedEngine(answer(hit()), facets=facets)).get("/?q=day&speaker=5").text

    assert 'href="/?q=day&amp;speaker=6">Bo <span class="num muted">1<' in page
    assert 'href="/?q=day&amp;speaker=5&amp;from=2023-01-01&amp;to=2023-12-31"' in page
    assert 'href="/?q=day" aria-label="Remove the filter: Ada"' in page
    assert "Peer" not in page[page.index('aria-label="Speaker"') : page.index("Year")]


def test_the_order_is_in_the_address(answering: Answering) -> None:
    """The parameter `sort` of the address can order by date.

    An unknown order is refused with 400.
    """
    engine = PreparedEngine(answer(hit(), hit()))
    guest = answering(engine)

    page = guest.get("/?q=day&sort=newest")

    assert page.status_code == 200
    assert engine.order is Order.NEWEST
    assert guest.get("/?q=day&sort=sideways").status_code == 400


def test_a_moment_says_why_it_was_found(answering: Answering) -> None:
    """A hit explains its score by words and meaning. Signals that added nothing are not shown."""
    page = answering(PreparedEngine(answer(hit()))).get("/?q=day").text

    assert "Your words: same day" in page
    assert "75 %" in page
    assert "is named in your question" not in page
    assert 'href="/passages/1/related"' in page


def test_a_misspelt_question_gets_a_correction(answering: Answering) -> None:
    """For a misspelt question, a link to the corrected question keeps the filters."""
    page = answering(PreparedEngine(answer(hit()), instead="feedback")).get("/?q=fedback&form=peer")

    assert '<a href="/?q=feedback&amp;form=peer">feedback</a>' in page.text


def test_a_fragment_contains_only_the_results(answering: Answering) -> None:
    """The HTML fragment that is loaded while typing contains only the results of the page."""
    guest = answering(PreparedEngine(answer(hit()), quotes=[quote()]))

    part, page = guest.get("/?q=day&part=results").text, guest.get("/?q=day").text

    assert "<html" not in part
    assert [line.strip() in page for line in part.splitlines()].count(False) == 0


def test_an_answer_is_generated_on_request_with_its_sources(
    settings: Settings, mentee: Account, admin: Account, queue: WorkQueue
) -> None:
    """A member can request a generated answer, which links to its passages.

    A guest cannot.
    """
    library = open_library(
        replace(settings, answer_url="http://127.0.0.1:9/v1", answer_model="small-model")
    )
    engine = PreparedEngine(answer(hit()))
    app = made_app(library=library, engine=engine, queue=queue)
    member = Browser(app, signed_in(library, mentee.id))

    offered, written, guest = (
        member.get("/?q=day").text,
        member.get("/?q=day&written=1").text,
        Browser(app).get("/?q=day&written=1").text,
    )
    library.close()

    assert 'href="/?q=day&amp;written=1"' in offered
    assert "Written by a machine (small-model)" in written
    assert 'aria-label="Passage 2: Ada, 0:12">[2]</a>' in written
    assert "Talk 1" not in written
    assert "Written by a machine" not in guest


def test_related_moments_have_a_page_and_a_way_back(
    app: Flask, library: Library, queue: WorkQueue
) -> None:
    """The page of related passages links back to its passage. A removed passage answers 410."""
    built = add_session(library, title="Gone", visibility=Visibility.PUBLIC)
    engine = PreparedEngine(answer(), quotes=[quote("Related words.")])
    guest = Browser(made_app(library=library, engine=engine, queue=queue))
    path = f"/passages/{built.passage_ids[0]}"

    related_page = guest.get(f"{path}/related").text
    with library.transaction() as db:
        sessions.remove(db, sessions.get(db, built.session_id))
    removed = guest.get(path)

    assert "Related words." in related_page
    assert f"/sessions/{built.session_id}?t=0" in related_page
    assert removed.status_code == 410
    assert guest.get("/passages/99").status_code == 404


def test_operators_are_shown_and_can_be_removed(answering: Answering) -> None:
    """Each operator of a question has a link that removes it and leaves the rest of the question.

    Without the quotation marks of a phrase, its words remain.
    """
    question = 'why "tell me" -never speaker:Ada before:2020 topic:work'
    engine = PreparedEngine(answer(hit()), operators=find_operators(question))

    page = answering(engine).get("/", query_string={"q": question, "kind": "recording"}).text

    removed = dict(re.findall(r'href="([^"]*)" aria-label="Remove the filter: ([^"]*)"', page))
    questions = {name: parse_qs(urlsplit(unescape(href)).query) for href, name in removed.items()}
    assert {name: query["q"][0] for name, query in questions.items()} == {
        "Exactly “tell me”": "why tell me -never speaker:Ada before:2020 topic:work",
        "Without “never”": 'why "tell me" speaker:Ada before:2020 topic:work',
        "Speaker: Ada": 'why "tell me" -never before:2020 topic:work',
        "until 31 December 2019": 'why "tell me" -never speaker:Ada topic:work',
        "Topic: work": 'why "tell me" -never speaker:Ada before:2020',
        "Recordings": question,
    }
    assert [name for name, query in questions.items() if "kind" not in query] == ["Recordings"]


def test_without_a_result_the_question_can_be_asked_without_operators(answering: Answering) -> None:
    """If nothing passes the operators, a link asks the plain question in the whole library."""
    empty = replace(answer(), found=False)
    engine = PreparedEngine(empty, operators=find_operators("tea speaker:Ada"))

    page = answering(engine).get("/?q=tea speaker:Ada").text

    assert '<a href="/?q=tea">Ask without filters</a>' in page


def test_the_filters_explain_the_operators(answering: Answering) -> None:
    """One line in the filters says what can be typed into the question."""
    facets = Facets(speakers=[FacetCount("5", "Ada", 2), FacetCount("6", "Bo", 1)])

    page = answering(PreparedEngine(answer(hit()), facets=facets)).get("/?q=day").text

    assert "You can also type filters into your question" in page
    assert '<span dir="ltr">after:2019-05</span>' in page


def test_a_session_found_by_its_title_says_so(answering: Answering) -> None:
    """A session without moments has a link and the reason. Nothing is presented as said."""
    (found,) = answer(hit()).sessions
    titled = replace(
        found, title="Habits", hits=(), matches=[MatchedField.TITLE, MatchedField.TOPIC]
    )
    by_title = replace(answer(hit()), said=False, sessions=[titled])

    page = answering(PreparedEngine(by_title)).get("/?q=Habits").text

    assert 'href="/sessions/7?q=Habits">Habits</a>' in page
    assert "<span>Matches the title</span>" in page
    assert "<span>Matches a topic</span>" in page
    assert "1 result in 1 session" in page
    assert "Nothing that was said answers this." in page
    assert "Best answers" not in page
    assert "Results at" not in page
