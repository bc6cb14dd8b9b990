"""Tests of searching with operators in the question.

Covers: passage_filters.
"""

from datetime import date

import pytest

from library.access import GUEST, Viewer
from library.discovery.search_scope import Filters
from library.models import Role, SourceKind, TopicState, Visibility
from library.store import Library
from library.vocabulary import session_topics, topics
from library.vocabulary.topics import Wording
from search.engine import Engine
from tests.builders import Built, add_session, person_named
from tests.fakes import BagOfWordsEmbedder

ADMIN = Viewer(role=Role.ADMIN)


@pytest.fixture
def engine(library: Library) -> Engine:
    """Search engine of the library."""
    return Engine(library, BagOfWordsEmbedder())


@pytest.fixture
def talks(library: Library, admin, mentor) -> dict[str, Built]:
    """Sessions by title. The topic "Leaving home" is confirmed for the session "Harbour"."""
    built = {
        "Harbour": add_session(
            library,
            title="Harbour",
            owner=mentor,
            lines=[
                ("Ann Lee", "The red lantern burned at the harbour all night."),
                ("Bo Berg", "Was it the only lantern at the harbour?"),
                ("Ann Lee", "No, the quarry had a lantern as well, and it was"),
                ("Bo Berg", "never red and never at the harbour."),
            ],
            held_on=date(2019, 6, 15),
        ),
        "Notes": add_session(
            library,
            title="Notes",
            lines=[("", "A lantern was painted. It was red at the harbour, like the boats.")],
            kind=SourceKind.NOTE,
            owner=mentor,
            held_on=date(2021, 1, 1),
        ),
        "Secret": add_session(
            library,
            title="Secret",
            lines=[("Zoe Zink", "The red lantern burned at the harbour for the smugglers.")],
            visibility=Visibility.PRIVATE,
        ),
    }
    with library.transaction() as db:
        topic = topics.add(db, admin.viewer, Wording(label="Leaving home", synonyms=["Moving out"]))
        decided = {topic.id: TopicState.CONFIRMED}
        session_topics.decide(db, mentor.viewer, built["Harbour"].session_id, decided)
    return built


def texts(engine: Engine, question: str, viewer: Viewer = GUEST, **filters) -> list[str]:
    """Return the texts that a search finds, in alphabetical order."""
    found = engine.search(question, viewer, filters=Filters(**filters))
    return sorted(hit.text.split(": ")[-1] for hit in found.hits) if found.found else []


def operators(engine: Engine, question: str, viewer: Viewer = GUEST) -> list[str]:
    """Return the kinds of the operators that have a meaning for the viewer."""
    return [o.kind.value for o in engine.explore(question, viewer).operators]


def test_a_phrase_must_be_said_in_this_order(engine, talks) -> None:
    """Only passages with the words of a phrase in this order are found, whatever their case."""
    assert texts(engine, '"Red Lantern burned"') == [
        "The red lantern burned at the harbour all night."
    ]
    assert texts(engine, "who saw “red at the harbour”?") == [
        "A lantern was painted. It was red at the harbour, like the boats."
    ]
    assert texts(engine, '"lantern red"') == []


def test_a_phrase_can_cross_from_one_passage_to_the_next(engine, talks) -> None:
    """A phrase that two speakers say together is found. Names of speakers are not said words."""
    with_both = texts(engine, '"it was never red"')

    assert with_both  # neighbouring passages are one moment
    assert set(with_both) <= {
        "No, the quarry had a lantern as well, and it was",
        "never red and never at the harbour.",
    }
    assert texts(engine, '"Bo Berg"') == []


def test_an_excluded_word_is_in_no_result(engine, talks) -> None:
    """No result contains an excluded word in any form, or an excluded phrase."""
    found = texts(engine, "lantern harbour -quarries -painted")

    assert found
    assert not [text for text in found if "quarry" in text or "painted" in text]
    assert "The red lantern burned at the harbour all night." not in texts(
        engine, 'lantern harbour -"lantern burned"'
    )


def test_an_excluded_passage_changes_no_score(engine, library, talks) -> None:
    """The scores without an excluded word are those of a library without these passages."""
    noted = talks["Notes"].session_id
    excluded = engine.search("lantern harbour -painted", GUEST).hits
    left_out = engine.search("lantern harbour", GUEST, filters=Filters(leave_out=[noted])).hits

    assert [(h.passage_id, h.score) for h in excluded] == [
        (h.passage_id, h.score) for h in left_out
    ]


def test_a_speaker_is_named_by_any_of_their_names(engine, talks) -> None:
    """`speaker:` finds passages of the people with this name. Names with spaces are quoted."""
    everything = texts(engine, "lantern harbour")

    by_ann = texts(engine, "lantern harbour speaker:ann")

    assert by_ann == texts(engine, 'lantern harbour speaker:"Ann Lee"')
    assert 0 < len(by_ann) < len(everything)
    assert "Was it the only lantern at the harbour?" not in by_ann


def test_dates_and_topics_limit_the_sessions(engine, talks) -> None:
    """`after:`, `before:` and `topic:` limit the sessions. A topic is found by its synonyms."""
    note = "A lantern was painted. It was red at the harbour, like the boats."

    assert texts(engine, "lantern harbour after:2021") == [note]
    assert note not in texts(engine, "lantern harbour before:2021")
    assert note not in texts(engine, 'lantern harbour topic:"leaving home"')
    assert texts(engine, "lantern harbour topic:moving") == texts(
        engine, "lantern harbour before:2020"
    )
    assert texts(engine, "lantern harbour before:2021", since=date(2020, 1, 1)) == []


def test_operators_without_words_list_what_they_allow(engine, talks) -> None:
    """A question of operators alone finds every passage that they allow."""
    assert texts(engine, "speaker:Bo before:2020")
    assert texts(engine, "speaker:Bo after:2020") == []


def test_what_means_nothing_is_plain_text(engine, talks) -> None:
    """Unknown names, topics and dates, and an excluded word alone, are plain text."""
    assert operators(engine, "lantern speaker:Nobody topic:cooking after:lunch -the") == []
    assert operators(engine, "-lantern") == []
    assert texts(engine, "-lantern") == texts(engine, "lantern")
    assert operators(engine, 'lantern -boat "red" speaker:Bo') == ["without", "phrase", "speaker"]


def test_names_and_topics_of_hidden_sessions_are_unknown(engine, library, talks) -> None:
    """The name of a speaker in a hidden session is plain text for those who may not see it."""
    assert operators(engine, "lantern speaker:Zoe") == []
    assert operators(engine, "lantern speaker:Zoe", ADMIN) == ["speaker"]
    assert len(texts(engine, '"red lantern burned"')) == 1
    assert len(texts(engine, '"red lantern burned"', ADMIN)) == 2


def test_operators_and_filters_apply_together(engine, library, talks) -> None:
    """An operator and a filter beside the question are both satisfied, also by the facets."""
    with library.reading() as db:
        bo = person_named(db, "Bo Berg").id
    both = engine.explore("lantern speaker:ann", GUEST, filters=Filters(person_id=bo))
    alone = engine.explore("harbour lantern speaker:ann", GUEST)

    assert both.answer.sessions == []
    assert [count.name for count in alone.facets.speakers if count.name == "Bo Berg"] == []
    assert alone.answer.question == "harbour lantern speaker:ann"


def test_a_correction_keeps_the_operators(engine, talks) -> None:
    """The correction of a spelling error changes the words, and leaves the operators as typed."""
    assert engine.explore("harbuor speaker:ann -boats", GUEST).instead == (
        "harbour speaker:ann -boats"
    )
