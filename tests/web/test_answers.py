"""What stands around an answer: quotes, views, voices, filters, reasons, a written answer."""

from collections.abc import Callable
from dataclasses import replace

from flask import Flask

from library.holdings import sessions
from library.models import Visibility
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, open_library
from search.findings import Count, Facets, Order, View, Voice
from tests.builders import Account, add_session, signed_in
from tests.web.browsing import Browser
from tests.web.prepared import PreparedEngine, answer, hit, quote
from web.site import create_app

Answering = Callable[[object], Browser]


def test_quotes_come_first_with_voice_date_and_the_second(answering: Answering) -> None:
    """In their own words: each with its speaker, its date, and a button for just that moment."""
    engine = PreparedEngine(answer(hit()), quotes=[quote(person_id=3), quote(start=None)])

    page = answering(engine).get("/?q=day").text
    quotes = page[page.index("In their own words") : page.index("Where it was said")]

    assert "Tell them the same day, in private." in quotes
    assert "31 May 2024" in quotes
    assert 'data-start="12.34" data-end="16.34"' in quotes
    assert 'href="/sessions/7?t=12.3&amp;q=day&amp;source=9#s3"' in quotes
    assert quotes.count("data-moment") == 1


def test_views_stand_side_by_side_and_voices_with_their_proof(answering: Answering) -> None:
    """Each voice of a comparison is named; whoever speaks about it can be heard and asked alone."""
    engine = PreparedEngine(
        answer(hit()),
        views=[View(name=name, person_id=1, quote=quote(name)) for name in ("Ada", "Bo")],
        voices=[
            Voice(
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

    assert page.index("Their views, side by side") < page.index("Who speaks about this")
    assert 'aria-label="Play Bo, 0:12"' in page
    assert "3 moments in 2 sessions" in page
    assert 'href="/?q=day&amp;kind=recording&amp;speaker=5"' in page


def test_filters_are_links_with_counts_and_can_be_taken_away(answering: Answering) -> None:
    """Each choice says how many sessions it leaves; what is chosen has a link that removes it."""
    facets = Facets(
        speakers=[Count("5", "Ada", 2), Count("6", "Bo", 1)],
        forms=[Count("peer", "peer", 3)],
        years=[Count("2024", "2024", 2), Count("2023", "2023", 1)],
    )

    page = answering(PreparedEngine(answer(hit()), facets=facets)).get("/?q=day&speaker=5").text

    assert 'href="/?q=day&amp;speaker=6">Bo <span class="num muted">1<' in page
    assert 'href="/?q=day&amp;speaker=5&amp;from=2023-01-01&amp;to=2023-12-31"' in page
    assert 'href="/?q=day" aria-label="Take away: Ada"' in page
    assert "Peer" not in page[page.index("Who speaks") : page.index("Year")]


def test_the_newest_first_when_the_address_says_so(answering: Answering) -> None:
    """The order stands in the address, like everything else; another one is refused."""
    engine = PreparedEngine(answer(hit(), hit()))
    guest = answering(engine)

    page = guest.get("/?q=day&sort=newest")

    assert page.status_code == 200
    assert engine.order is Order.NEWEST
    assert guest.get("/?q=day&sort=sideways").status_code == 400


def test_a_moment_says_why_it_was_found(answering: Answering) -> None:
    """Words and meaning with their shares; what has no part in it is not named."""
    page = answering(PreparedEngine(answer(hit()))).get("/?q=day").text

    assert "Your words: same day" in page
    assert "75 %" in page
    assert "is named in your question" not in page
    assert 'href="/passages/1/related"' in page


def test_a_misspelt_question_is_offered_repaired(answering: Answering) -> None:
    """“Did you mean” keeps the filters."""
    page = answering(PreparedEngine(answer(hit()), instead="feedback")).get("/?q=fedback&form=peer")

    assert '<a href="/?q=feedback&amp;form=peer">feedback</a>' in page.text


def test_only_the_results_come_while_one_types(answering: Answering) -> None:
    """The fragment is what the whole page holds, without the page around it."""
    guest = answering(PreparedEngine(answer(hit()), quotes=[quote()]))

    part, whole = guest.get("/?q=day&part=results").text, guest.get("/?q=day").text

    assert "<html" not in part
    assert [line.strip() in whole for line in part.splitlines()].count(False) == 0


def test_an_answer_is_written_on_request_with_its_sources(
    settings: Settings, mentee: Account, admin: Account, queue: WorkQueue
) -> None:
    """With a language model set up, a member may have an answer written; it names its passages."""
    library = open_library(
        replace(settings, answer_url="http://127.0.0.1:9/v1", answer_model="small-model")
    )
    engine = PreparedEngine(answer(hit()))
    app = create_app(library=library, engine=engine, queue=queue)
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
    """What others said of the same can be played there; a passage that is gone answers 410."""
    built = add_session(library, title="Gone", visibility=Visibility.PUBLIC)
    engine = PreparedEngine(answer(), quotes=[quote("Related words.")])
    guest = Browser(create_app(library=library, engine=engine, queue=queue))
    path = f"/passages/{built.passage_ids[0]}"

    there = guest.get(f"{path}/related").text
    with library.transaction() as db:
        sessions.remove(db, sessions.get(db, built.session_id))
    gone = guest.get(path)

    assert "Related words." in there
    assert f"/sessions/{built.session_id}?t=0" in there
    assert gone.status_code == 410
    assert guest.get("/passages/99").status_code == 404
