"""Tests of the engine: access rules, changes, filters, and questions without an answer."""

import pytest

from library.access import GUEST, Viewer
from library.discovery import search_scope
from library.discovery.search_scope import Filters
from library.models import Form, Role, SourceKind, Visibility
from library.sessions import passages, sessions
from library.store import Library, open_library
from search.embedding.embedder import Embedder
from search.engine import Engine
from tests.builders import Built, add_session, person_named

ADMIN = Viewer(role=Role.ADMIN)
SUBJECTS = ("budget", "hiring", "bridge", "garden", "feedback", "holiday", "launch", "school")


def talk(number: int) -> list[tuple[str, str]]:
    """Return three lines whose words depend on *number*."""
    one, two = SUBJECTS[number % 8], SUBJECTS[(number // 8 + 3 * number) % 8]
    return [
        ("Ada", f"When the {one} went wrong I asked the whole team, {number} people, about it."),
        ("Ben", f"And did the {two} get better for you and for the team after that?"),
        ("Ada", f"It took {number} weeks, and then the {one} and the {two} were fine."),
    ]


@pytest.fixture
def crowded(library: Library) -> Library:
    """Library with a hundred private sessions and a public one."""
    for number in range(100):
        add_session(library, title=f"Private {number}", lines=talk(number),
                    visibility=Visibility.PRIVATE)  # fmt: skip
    add_session(library, title="Public", lines=[line for n in range(4) for line in talk(n)])
    return library


def test_ranking_within_a_small_search_scope_is_exact(crowded, embedder) -> None:
    """A guest gets the same ranking as an administrator, without the private passages."""
    engine = Engine(crowded, embedder)
    with crowded.reading() as db:
        visible = set(search_scope.sources_in(db, GUEST, Filters()))
        rows = passages.rows_after(db, 0, model=embedder.model)
        mine = {row.id for row in rows if row.source_id in visible}

    for question in ("budget and team", "Did the bridge get better?", "garden"):
        everything = engine.rank(question, ADMIN, depth=10_000).passages
        found = engine.rank(question, GUEST, depth=10).passages

        expected = [r for r in everything if r.passage_id in mine][:10]
        assert [r.passage_id for r in found] == [r.passage_id for r in expected]
        assert [r.score for r in found] == pytest.approx([r.score for r in expected], abs=1e-4)


def test_an_answer_contains_nothing_private(crowded, embedder) -> None:
    """The hits and the counts of a guest's answer include only public sessions."""
    answer = Engine(crowded, embedder).search("budget team weeks", GUEST)

    assert [session.title for session in answer.sessions] == ["Public"]
    assert (answer.searchable, answer.total) == (1, 1)


def test_a_new_session_is_found_and_a_removed_one_is_gone_at_once(library, embedder) -> None:
    """A second process finds a new session at once, and no longer finds a removed session."""
    other = Engine(open_library(library.settings), embedder)
    assert other.search("walrus", GUEST).sessions == []

    staying = add_session(library, title="Kept", lines=[("Ada", "The walrus waits for low tide.")])
    removed = add_session(library, title="Gone", lines=[("Ben", "A walrus has long teeth.")])
    both = {s.session_id for s in other.search("walrus", GUEST).sessions}
    with library.transaction() as db:
        sessions.remove(db, db.get(sessions.MentoringSession, removed.session_id))
    remaining = {s.session_id for s in other.search("walrus", GUEST).sessions}

    assert both == {staying.session_id, removed.session_id}
    assert remaining == {staying.session_id}


def test_a_session_that_becomes_private_is_gone_at_once(library, embedder) -> None:
    """A session that becomes private is no longer found by guests, from the next question on."""
    built = add_session(library, lines=[("Ada", "The walrus waits.")])
    engine = Engine(library, embedder)
    assert engine.search("walrus", GUEST).sessions

    with library.transaction() as db:
        db.get(sessions.MentoringSession, built.session_id).visibility = Visibility.PRIVATE

    assert engine.search("walrus", GUEST).sessions == []


def test_the_speaker_filter_applies_to_passages(library, embedder) -> None:
    """The speaker filter finds only passages of that speaker."""
    add_session(
        library,
        lines=[("Ada", "The walrus is mine."), ("Cleo", "No, the walrus is free."), ("Ada", "So?")],
    )
    with library.transaction() as db:
        cleo = person_named(db, "Cleo").id

    hits = Engine(library, embedder).search("walrus", GUEST, filters=Filters(person_id=cleo)).hits

    assert [hit.text for hit in hits] == ["Cleo: No, the walrus is free."]


def test_a_note_is_found_by_its_author_and_names_them(library, embedder, mentor) -> None:
    """The author of a note counts as its speaker in hits, quotes and the speaker filter."""
    words = "The walrus budget has to be asked for before the date is promised to anybody."
    add_session(library, owner=mentor, lines=[("", words)], kind=SourceKind.NOTE, form=Form.NOTE)
    add_session(library, lines=[("Cleo", "No walrus was ever asked for its budget by anybody.")])
    engine, mine = Engine(library, embedder), Filters(person_id=mentor.id)

    answer = engine.search("walrus budget", GUEST, filters=mine)

    (hit,) = answer.hits
    assert (hit.speaker, hit.person_id, hit.text) == (mentor.name, mentor.id, words)
    beside = engine.explore("walrus budget", GUEST)
    assert mentor.id in {quote.person_id for quote in beside.quotes}
    assert mentor.id in {speaker.person_id for speaker in beside.speakers}


def test_without_an_embedder_words_answer_and_the_answer_says_so(library, embedder) -> None:
    """Without an embedder, questions are answered by words only, and the answer says so."""
    add_session(library, lines=[("Ada", "The walrus waits for low tide.")], embedder=embedder)

    answer = Engine(library, None).search("walrus", GUEST)

    assert answer.engines == ("words",)
    assert len(answer.hits) == 1


def test_a_question_without_words_finds_nothing_and_breaks_nothing(library, embedder) -> None:
    """Blank questions, stop words, punctuation and a very long word find nothing."""
    add_session(library)
    engine = Engine(library, embedder)

    for question in ("", "   ", "what did who?", "???", "\N{PILE OF POO}" * 50, "x" * 5000):
        assert not engine.search(question, GUEST).found


def test_an_empty_library_says_that_nothing_was_found(library, embedder) -> None:
    """An empty library answers that nothing was found."""
    answer = Engine(library, embedder).search("feedback", GUEST)

    assert (answer.found, answer.sessions, answer.total) == (False, [], 0)


def test_neighbours_and_repetitions_are_folded(library, embedder) -> None:
    """A session shows at most three hits.

    If two sessions have the same words, one hit names both sessions.
    """
    line = ("Ada", "The walrus waits for low tide and sleeps on the ice.")
    other = [("Ben", f"Number {n} counts the boats in the harbour.") for n in range(4)]
    add_session(library, title="One", lines=[line, line, *other, line, *other])
    add_session(library, title="Two", lines=[line, ("Cleo", "Indeed.")])

    answer = Engine(library, embedder).search("walrus low tide", GUEST)

    (walrus,) = [hit for hit in answer.hits if "walrus" in hit.text]
    assert {walrus.session_id} | {other.session_id for other in walrus.repeats} == {1, 2}
    assert [other.title for other in walrus.repeats] == ["Two" if walrus.session_id == 1 else "One"]
    assert all(len(session.hits) <= 3 for session in answer.sessions)


def build_real(library: Library, embedder: Embedder) -> Built:
    add_session(
        library,
        title="Hard feedback",
        embedder=embedder,
        lines=[
            ("Ann", "When I have to criticise somebody I do it the same day and in private."),
            ("Bo", "Does that work with people above you, with your own boss?"),
            ("Ann", "It does, if you ask your boss first whether he wants to hear it."),
        ],
    )
    return add_session(
        library,
        title="Handing over",
        embedder=embedder,
        lines=[
            ("Tom", "I wrote one page with every promise that I had made to our clients."),
            ("Mia", "And the team? How did you hand over the bridge project?"),
            ("Tom", "They met the new lead while I was still there, and I stayed silent."),
        ],
    )


def test_a_question_in_other_words_finds_its_answer(library, real_embedder) -> None:
    """A question finds its answer by meaning, even if question and answer share no word."""
    handing_over = build_real(library, real_embedder)

    answer = Engine(library, real_embedder).search("commitments to customers", GUEST)

    assert answer.engines == ("words", "meaning")
    assert answer.sessions[0].session_id == handing_over.session_id


def test_questions_without_an_answer_are_refused(library, real_embedder) -> None:
    """Questions with an answer are answered. Questions on other subjects are not."""
    build_real(library, real_embedder)
    engine = Engine(library, real_embedder)

    assert engine.search("How did Tom hand over the bridge project to the team?", GUEST).found
    assert engine.search("How do I criticise my boss in private?", GUEST).found
    assert not engine.search("What is the capital of Mongolia?", GUEST).found
    assert not engine.search("Which vaccine helps against yellow fever?", GUEST).found
