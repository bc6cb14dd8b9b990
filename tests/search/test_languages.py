"""Tests of searches in libraries with several languages and spellings, through the engine."""

import unicodedata

import pytest

from library.access import GUEST
from library.models import SourceKind
from library.settings import Settings
from library.store import open_library
from search.engine import Engine
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

NOTES = {
    "Brücken": "Die Brücken waren nach dem Winter nicht zu retten, und wir haben sie gesperrt.",
    "Bridges": "The bridges could not be saved after the winter, so that we had to close them.",
    "缝纫": "我的外婆教我缝纽扣，她说线要留长一点。",
    "Ordering": "We wrote an e-mail, and it cost us 1,400,000 crowns in the end.",
    "Office": "IT was a room in the cellar, where nobody wanted to go.",
    "Refusing": "She taught me to say no before the week was full.",
    "Zażółć": unicodedata.normalize(
        "NFD", "Pan Wałęsa był w stoczni i nie chciał już żadnej rady."
    ),
}


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Library with a note for each title."""
    library = open_library(Settings(home=tmp_path_factory.mktemp("notes")))
    for title, text in NOTES.items():
        lines = [("", text)]
        add_session(
            library, title=title, lines=lines, kind=SourceKind.NOTE, embedder=BagOfWordsEmbedder()
        )
    yield library
    library.close()


@pytest.fixture(scope="module")
def engine(notes) -> Engine:
    """Search engine without an embedder, for a library with notes in several languages."""
    return Engine(notes, None)


@pytest.mark.parametrize(
    ("question", "title", "marked"),
    [
        ("Brücke", "Brücken", ["Brücken"]),
        ("BRUCKE", "Brücken", ["Brücken"]),
        ("bridge", "Bridges", ["bridges"]),
        ("纽扣", "缝纫", ["纽扣"]),
        ("外婆教什么？", "缝纫", ["外婆教"]),
        ("email", "Ordering", ["e-mail"]),
        ("e mail", "Ordering", ["e", "mail"]),
        ("1400000", "Ordering", ["1,400,000"]),
        ("IT", "Office", ["IT"]),
        ("How do I say no?", "Refusing", ["say", "no"]),
        ("walesa", "Zażółć", [unicodedata.normalize("NFD", "Wałęsa")]),
    ],
)
def test_a_word_is_found_and_marked(engine, question: str, title: str, marked: list[str]) -> None:
    """The note that says a word comes first, in any language and spelling, with the word marked."""
    best = engine.search(question, GUEST).sessions[0]

    assert best.title == title
    assert [part.text for part in best.hits[0].snippet if part.marked] == marked


def test_a_word_of_another_language_is_not_corrected(engine) -> None:
    """A word is right if a passage says it, in whatever language and form."""
    assert engine.explore("eine Brücke im Winter", GUEST).instead == ""


def test_letters_with_marks_of_their_own_are_not_taken_apart(engine) -> None:
    """A correction and a completion read a letter and its mark as one letter."""
    typed = unicodedata.normalize("NFD", "Brück")

    assert engine.explore(f"{typed}en", GUEST).instead == ""
    assert "brücken" in [s.text for s in engine.suggest(typed, GUEST).suggestions]
