"""Tests of sessions that are found by title, topic or description."""

from datetime import date

import pytest

from library.access import GUEST, Viewer
from library.discovery.search_scope import Filters
from library.models import MentoringSession, Role, SourceKind, TopicState, Visibility
from library.sessions import sessions
from library.store import Library
from library.vocabulary import session_topics, topics
from library.vocabulary.topics import Wording
from search.engine import Engine
from search.results.described_sessions import BEST
from search.results.result_types import Answer, Order
from tests.builders import add_account, add_session, add_waiting
from tests.fakes import BagOfWordsEmbedder

ADMIN = Viewer(role=Role.ADMIN)
SAID = "We send a letter after each conversation, and we read it again."


@pytest.fixture
def engine(library: Library) -> Engine:
    """Search engine of a library in which nobody says a word of the titles."""
    add_session(library, title="Habits", lines=[("Ann Lee", SAID)], held_on=date(2019, 5, 1))
    add_session(
        library,
        title="Harbour walk",
        lines=[("Bo Berg", "The boats leave at noon."), ("Bo Berg", "And they return at night.")],
        held_on=date(2021, 5, 1),
    )
    add_session(
        library,
        title="Boats of the north",
        lines=[("Cleo", "I painted the door twice, and then the fence.")],
    )
    return Engine(library, BagOfWordsEmbedder())


def titles(answer: Answer) -> list[str]:
    """Return the titles of an answer; empty if nothing was found."""
    return [found.title for found in answer.sessions] if answer.found else []


def test_the_title_of_a_session_leads_to_it(engine) -> None:
    """A title that is typed as a question finds its session, even if nobody says these words."""
    answer = engine.search("Habits", GUEST)

    assert titles(answer) == ["Habits"]
    assert (answer.said, answer.hits) == (False, [])
    assert [field.value for field in answer.sessions[0].matches] == ["title"]
    assert not engine.search("Hobbies", GUEST).found


def test_what_was_said_comes_before_a_title(engine) -> None:
    """A session that only has a word of the question in its title follows the spoken answers."""
    answer = engine.search("When do the boats leave at noon?", GUEST)
    boats = engine.search("boats", GUEST)

    assert titles(answer)[0] == "Harbour walk"
    assert titles(boats)[0] == "Harbour walk"
    assert boats.said
    assert [found.title for found in boats.sessions if found.matches] == ["Boats of the north"]


def test_titles_come_before_the_weaker_spoken_results(engine, library) -> None:
    """A session that matches by title follows the best three sessions, not all of them."""
    for number in range(6):
        add_session(library, title=f"Day {number}", lines=[("Dee", f"Boat {number} had a leak.")])

    found = titles(engine.search("boats", GUEST))

    assert found.index("Boats of the north") == BEST


def test_a_named_title_comes_first_with_its_moments(engine, library) -> None:
    """A session whose title is the question is first, with its spoken moments if it has any."""
    add_session(library, title="Boats", lines=[("Dee", "Nothing else to say.")])
    add_session(library, title="The fence", lines=[("Dee", "I painted the fence, too.")])

    assert titles(engine.search("boats", GUEST))[:2] == ["Boats", "Harbour walk"]
    fence = engine.search("the fence", GUEST)
    assert titles(fence)[:2] == ["The fence", "Boats of the north"]
    assert fence.sessions[0].hits


def test_descriptions_and_confirmed_topics_are_enough(engine, library, admin, mentor) -> None:
    """A session is found by its description, and by a confirmed topic or its synonym."""
    own = add_session(library, title="A talk", owner=mentor, lines=[("Dee", "Well, you know.")])
    with library.transaction() as db:
        sessions.get(db, own.session_id).description = "About apprenticeships in the foundry."
        topic = topics.add(db, admin.viewer, Wording(label="Leaving home", synonyms=["Moving out"]))
        decided = {topic.id: TopicState.CONFIRMED}
        session_topics.decide(db, mentor.viewer, own.session_id, decided)

    by_topic = engine.search("moving out", GUEST)

    assert titles(engine.search("an apprenticeship at a foundry", GUEST)) == ["A talk"]
    assert titles(by_topic) == ["A talk"]
    assert [field.value for field in by_topic.sessions[0].matches] == ["topic"]


def test_only_visible_sessions_match(engine, library) -> None:
    """A session is found behind any number of hidden sessions with the same title."""
    shown = add_session(library, title="Smugglers", lines=[("Zoe", SAID)]).session_id
    with library.transaction() as db:
        db.add_all(
            MentoringSession(title="Smugglers", visibility=Visibility.PRIVATE) for _ in range(600)
        )

    answer = engine.search("smugglers", GUEST)

    assert [found.session_id for found in answer.sessions] == [shown]
    assert len(engine.search("smugglers", ADMIN).sessions) > 1


def test_a_recording_without_a_transcript_matches_for_its_owner(engine, library) -> None:
    """A session whose recording is not transcribed yet is found by its title, if visible."""
    add_waiting(library, title="Zeppelins")

    assert titles(engine.search("zeppelins", ADMIN)) == ["Zeppelins"]
    assert not engine.search("zeppelins", GUEST).found


def test_filters_and_operators_apply_to_titles(engine, library) -> None:
    """Dates, kinds, speakers, phrases and excluded words apply to sessions found by title."""
    ann = add_account(library, "Ann Lee", Role.MENTOR)

    assert titles(engine.search("habits after:2019 before:2020", GUEST)) == ["Habits"]
    assert titles(engine.search("habits after:2020", GUEST)) == []
    assert titles(engine.search("harbour -walk", GUEST)) == []
    assert titles(engine.search('"harbour walk"', GUEST)) == ["Harbour walk"]
    assert titles(engine.search('"walk harbour"', GUEST)) == []
    kinds = Filters(kinds=[SourceKind.NOTE])
    assert titles(engine.search("habits", GUEST, filters=kinds)) == []
    nobody = Filters(person_id=ann.id)
    assert titles(engine.search("habits", GUEST, filters=nobody)) == []


def test_a_search_within_a_session_adds_nothing(engine, library) -> None:
    """Within one session, only passages are found."""
    own = add_session(library, title="Fences", lines=[("Dee", "Well.")]).session_id

    assert not engine.search("fences", GUEST, filters=Filters(session_id=own)).found


def test_the_page_shows_no_quotes_for_a_title(engine) -> None:
    """If only a title matches, there are no best answers and no speakers, and any order works."""
    found = engine.explore("Habits", GUEST, order=Order.NEWEST)

    assert titles(found.answer) == ["Habits"]
    assert (found.quotes, found.speakers) == ((), ())
