"""Tests of generated answers: only sentences that the cited passages support are shown.

Covers: grounding, language_model.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from library.access import GUEST
from library.store import Library
from search.engine import Engine
from search.results.result_types import GeneratedAnswer
from tests.builders import add_session
from tests.language_model import LanguageModel, running_model

QUESTION = "When should I ask for feedback?"
LINES = [
    ("Ada", "Ask for feedback the same day, while everybody still remembers the meeting."),
    ("Ben", "I waited 14 days for feedback and it sounded like a complaint."),
]


@pytest.fixture
def model() -> Iterator[LanguageModel]:
    """Running language model server."""
    with running_model() as running:
        yield running


@pytest.fixture
def ask(library: Library, model: LanguageModel, mentee, embedder) -> Callable[..., GeneratedAnswer]:
    """Function that asks `QUESTION` of a library with the language model."""
    for name, words in LINES:
        add_session(library, title=f"A talk with {name}", lines=[(name, words)])
    library.settings = replace(
        library.settings,
        answer_url=model.url,
        answer_model="a-model",
        answer_key="s3cret",
        answer_seconds=300.0,  # the test server is slow on a busy machine
    )

    def written(**changes) -> GeneratedAnswer:
        library.settings = replace(library.settings, **changes)
        return Engine(library, embedder).write(QUESTION, mentee.viewer)

    return written


def position_of(written: GeneratedAnswer, speaker: str) -> int:
    """Return the number of a speaker's passage, from 1."""
    return next(i for i, p in enumerate(written.passages, 1) if p.speaker == speaker)


def test_supported_sentences_are_kept_with_their_passages(ask, model) -> None:
    """Sentences that the cited passages support are shown without citation marks.

    Each sentence is shown with the passage that it cites.
    """
    ada = position_of(ask(), "Ada")
    model.says = f"Ask for feedback the same day [{ada}]. Everybody still remembers then. [{ada}]"

    written = ask()

    assert [s.text for s in written.sentences] == [
        "Ask for feedback the same day.",
        "Everybody still remembers then.",
    ]
    assert {written.passages[s.passages[0]].speaker for s in written.sentences} == {"Ada"}
    assert (written.reason, written.dropped, written.model) == ("", 0, "a-model")


def test_the_model_is_asked_once_with_the_passages_only(ask, model) -> None:
    """The language model gets one request, with the key, the question and the passages."""
    ask()

    ((path, key, body),) = model.requests
    assert (path, key, body["model"]) == ("/v1/chat/completions", "Bearer s3cret", "a-model")
    prompt = body["messages"][1]["content"]
    assert QUESTION in prompt
    assert all(f"{name}: {words}" in prompt for name, words in LINES)


@pytest.mark.parametrize(
    "lie",
    [
        "Ask for feedback the same day",
        "Ask for feedback the same day [9]",
        "Ask for feedback the same day [0]",
        "Never ask for feedback the same day [{ada}]",
        "Ask for feedback after 3 days, while everybody remembers [{ada}]",
        "Ask Zelda for feedback the same day [{ada}]",
        "Feedback makes teams faster, happier and more profitable [{ada}]",
        "Ask for feedback the same day, while everybody still remembers the meeting [{ben}]",
        "NO ANSWER",
    ],
    ids=["uncited", "no such passage", "passage zero", "negated claim", "made-up number",
         "made-up name", "made-up claim", "wrong passage", "no answer"],
)  # fmt: skip
def test_an_unsupported_sentence_is_dropped(ask, model, lie: str) -> None:
    """A sentence that the cited passages do not support is not shown, but counted."""
    first = ask()
    model.says = lie.format(ada=position_of(first, "Ada"), ben=position_of(first, "Ben")) + "."

    written = ask()

    assert written.sentences == []
    assert written.dropped == 1
    assert "support" in written.reason


def test_a_supported_sentence_is_kept_beside_an_unsupported_one(ask, model) -> None:
    """Of two sentences of the language model, only the supported sentence is shown."""
    ada = position_of(ask(), "Ada")
    model.says = f"Ask the same day [{ada}]. Everybody loves pineapple [{ada}]."

    written = ask()

    assert [s.text for s in written.sentences] == ["Ask the same day."]
    assert (written.dropped, written.reason) == (1, "")


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ({"status": 500}, "(status 500)"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/elsewhere"}}, "status 302"),
        ({"raw": b"<html>"}, "could not be read"),
        ({"raw": b'{"choices": []}'}, "could not be read"),
        ({"raw": b'{"choices": [{"message": {"content": null}}]}'}, "could not be read"),
        ({"raw": b"x" * 300_000}, "could not be read"),
    ],
    ids=["error", "redirect", "no JSON", "no choice", "no text", "endless"],
)
def test_a_failure_is_a_reason(ask, model, trouble, why: str) -> None:
    """If the language model fails, the viewer gets a reason instead of an answer."""
    vars(model).update(trouble)

    written = ask()

    assert written.sentences == ()
    assert why in written.reason


def test_a_model_that_takes_too_long_is_a_reason(ask, model) -> None:
    """If the language model is too slow, the viewer gets a reason instead of an answer."""
    model.delay = 0.2

    written = ask(answer_seconds=1.0)

    assert written.sentences == ()
    assert "took too long" in written.reason


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "file:///etc/passwd", "http://", "nonsense"])
def test_an_unreachable_address_is_a_reason(ask, url: str) -> None:
    """If the address of the language model is wrong, the viewer gets a reason."""
    written = ask(answer_url=url)

    assert written.sentences == ()
    assert written.reason


def test_without_an_address_no_model_is_asked(ask, model) -> None:
    """Without the address of a language model in the settings, no request is sent."""
    written = ask(answer_url="")

    assert "No language model" in written.reason
    assert model.requests == []


def test_a_guest_gets_no_generated_answer(ask, model, library, embedder) -> None:
    """A guest must sign in for a generated answer. The language model gets no request."""
    written = Engine(library, embedder).write(QUESTION, GUEST)

    assert "Sign in" in written.reason
    assert model.requests == []
