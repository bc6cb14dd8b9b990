"""Tests of hypothetical answers: they widen a search, and decide nothing else."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from library.access import GUEST
from library.discovery.search_scope import Filters
from library.models import SourceKind
from library.store import Library
from search.engine import Engine
from search.results.hypothetical import CAPACITY, HypotheticalAnswers, widened
from tests.builders import add_session
from tests.language_model import LanguageModel, running_model

QUESTION = "How do I tell my boss that I am overloaded?"
INVENTED = "I showed my manager a list of all tasks, and she removed half of them."
LINES = [
    ("Ada", "I am overloaded with fonts, I tell you, and my boss draws the letters."),
    ("Ben", "Showed her the list of tasks, and my manager removed half of all of them."),
    ("Cyd", "The bicycle has a bell, a lamp and two brakes."),
]


@pytest.fixture
def model() -> Iterator[LanguageModel]:
    """Running language model server that invents a passage."""
    with running_model() as running:
        running.says = INVENTED
        yield running


@pytest.fixture
def open_engine(library: Library, model: LanguageModel, embedder) -> Callable[..., Engine]:
    """Function that opens the engine of a library with three sessions, with changed settings."""
    for name, words in LINES:
        add_session(library, title=f"A talk with {name}", lines=[(name, words)], embedder=embedder)
    library.settings = replace(
        library.settings,
        answer_url=model.url,
        answer_model="a-model",
        widen_search=True,
        widen_seconds=300.0,  # the test server is slow on a busy machine
    )

    def opened(**changes) -> Engine:
        library.settings = replace(library.settings, **changes)
        return Engine(library, embedder)

    return opened


def scores(engine: Engine, viewer, question: str = QUESTION, **kwargs) -> dict[str, float]:
    """Return the score of each session on the page of results, by its title."""
    answer = engine.explore(question, viewer, **kwargs).answer
    return {session.title: session.hits[0].score for session in answer.sessions}


def test_a_hypothetical_answer_finds_other_words(open_engine, model, mentee) -> None:
    """A passage that is like the invented answer gets a better place than without it."""
    plain = scores(open_engine(widen_search=False), mentee.viewer)
    wide = scores(open_engine(widen_search=True), mentee.viewer)

    gain = {title: wide[title] - plain[title] for title in plain}
    assert gain["A talk with Ben"] > 0
    assert gain["A talk with Ben"] == max(gain.values())


def test_the_model_gets_the_question_and_nothing_else(open_engine, model, mentee) -> None:
    """The language model gets the question of the person, and no passage of the library."""
    open_engine().explore(QUESTION, mentee.viewer)

    ((path, _, body),) = model.requests
    assert path == "/v1/chat/completions"
    assert body["messages"][1] == {"role": "user", "content": QUESTION}
    assert not any(words in str(body) for _, words in LINES)


def test_a_hypothetical_answer_decides_nothing(open_engine, embedder, mentee) -> None:
    """The passages change their order. The question stays unanswered if it was unanswered."""
    plain = replace(open_engine().rank(QUESTION, mentee.viewer), evidence=-1.0)
    other = replace(plain, passages=plain.passages[::-1], evidence=1.0)

    found = widened(lambda vector: other, plain, embedder, INVENTED)

    assert found.passages == other.passages
    assert (found.evidence, found.answers) == (-1.0, False)
    assert found.question is plain.question


def test_the_invented_passage_is_not_shown(open_engine, model, mentee) -> None:
    """All that a person reads is in the library. The question keeps its own vector."""
    model.says = "Zanzibar gardens hum."
    plain = open_engine(widen_search=False).explore(QUESTION, mentee.viewer)

    found = open_engine(widen_search=True).explore(QUESTION, mentee.viewer)

    assert "Zanzibar" not in str(found)
    assert (found.vector == plain.vector).all()


def test_a_question_is_sent_once(open_engine, model, mentee) -> None:
    """The same question with filters, other spaces or a written answer causes no second request."""
    engine = open_engine()

    engine.explore(QUESTION, mentee.viewer)
    engine.explore(f"  {QUESTION} ", mentee.viewer, filters=Filters(kinds=[SourceKind.RECORDING]))
    engine.write(QUESTION, mentee.viewer)

    asked = [body["messages"][1]["content"] for _, _, body in model.requests]
    assert asked.count(QUESTION) == 1


def test_a_written_answer_cites_what_the_wide_search_found(open_engine, model, mentee) -> None:
    """A written answer is made from passages of the library and cites them as before."""
    written = open_engine().write(QUESTION, mentee.viewer)

    assert len(model.requests) == 2
    prompt = model.requests[1][2]["messages"][1]["content"]
    assert INVENTED not in prompt
    assert {passage.speaker for passage in written.passages} <= {"Ada", "Ben", "Cyd"}
    assert "removed half of all of them" in prompt


@pytest.mark.parametrize(
    "changes", [{"widen_search": False}, {"answer_url": ""}, {"answer_model": ""}]
)
def test_nothing_is_sent_unless_it_is_switched_on(open_engine, model, mentee, changes) -> None:
    """Without the setting, or without a language model, no question is sent."""
    open_engine(**changes).explore(QUESTION, mentee.viewer)

    assert model.requests == []


def test_guests_and_programs_cause_no_request(open_engine, model, mentee) -> None:
    """Questions of guests, and searches that nobody waits for, are not sent."""
    engine = open_engine()

    engine.explore(QUESTION, GUEST)
    engine.search(QUESTION, mentee.viewer)
    engine.rank(QUESTION, mentee.viewer)
    engine.explore("   ", mentee.viewer)

    assert model.requests == []


def test_without_vectors_nothing_is_sent(open_engine, library, model, mentee) -> None:
    """If search uses words only, an invented passage is of no use, and no question is sent."""
    open_engine()

    Engine(library, None).explore(QUESTION, mentee.viewer)

    assert model.requests == []


@pytest.mark.parametrize("trouble", [{"status": 500}, {"raw": b"<html>"}], ids=["error", "no JSON"])
def test_after_a_failure_the_plain_search_answers(
    open_engine, model, mentee, trouble, caplog
) -> None:
    """If the language model fails, the search is as without it. The next one does not wait."""
    plain = scores(open_engine(widen_search=False), mentee.viewer)
    vars(model).update(trouble)
    engine = open_engine(widen_search=True)

    with caplog.at_level(logging.WARNING):
        found = scores(engine, mentee.viewer)
        scores(engine, mentee.viewer, "Something else?")

    assert found == plain
    assert len(model.requests) == 1
    assert "Searches are not widened for 60 seconds" in caplog.text
    assert QUESTION not in caplog.text


def test_a_slow_model_is_not_waited_for(open_engine, model, mentee) -> None:
    """If the language model is slower than the time limit, the plain search answers."""
    plain = scores(open_engine(widen_search=False), mentee.viewer)
    model.delay = 0.2

    assert scores(open_engine(widen_search=True, widen_seconds=0.5), mentee.viewer) == plain


def test_the_cache_is_bounded(open_engine, library, model, mentee) -> None:
    """Only the last questions are remembered."""
    open_engine()
    answers = HypotheticalAnswers(library.settings, embedded=True)

    for number in range(CAPACITY + 1):
        answers._answers[f"question {number}"] = "kept"
    answers.of(QUESTION, mentee.viewer)

    assert len(answers._answers) == CAPACITY
    assert "question 0" not in answers._answers
