"""What is typed is completed and repaired with words that the asker may see, and no others."""

import pytest

from library.access import GUEST
from library.holdings import collections, sessions
from library.models import MentoringSession, Part, Role, Visibility
from search.engine import Engine
from search.findings import SuggestionKind
from tests.builders import add_account, add_session

LINES = [
    ("Ada", "Delegating means that the negotiation about physics happens before the meeting."),
    ("Ada", "Delegating again, and feedback about the negotiation on the same day."),
    ("Ada", "The cycle begins in front of everybody, and a cycle never ends."),
]


@pytest.fixture
def engine(library, embedder) -> Engine:
    """A library in which words are said, some of them in private."""
    add_session(library, title="How Ada delegates", lines=LINES)
    secret = [("Zoe", "The zeppelin negotiator delegates fisticuffs, feedbacks and zirconium.")]
    add_session(library, title="Zeppelins", lines=secret, visibility=Visibility.PRIVATE)
    return Engine(library, embedder)


def of_kind(suggestions, kind: SuggestionKind) -> list[str]:
    """The texts of one kind."""
    return [s.text for s in suggestions.suggestions if s.kind is kind]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("dele", "delegating"),
        ("DELEGATIN", "delegating"),
        ("how to nego", "how to negotiation"),
        ("feedback abo", None),
        ("d", None),
        ("", None),
        ("%", None),
    ],
)
def test_the_last_word_is_completed(engine, typed: str, word: str | None) -> None:
    """With words that were said as they were said; stop words and single letters are not."""
    words = of_kind(engine.suggest(typed, GUEST), SuggestionKind.WORD)

    assert words == ([word] if word else [])


def test_names_and_titles_are_found_by_how_their_words_begin(engine, library, admin) -> None:
    """Sessions, people and collections that hold something to see."""
    ada = add_account(library, "Ada Lovelace", Role.MENTOR)
    built = add_session(library, title="Adapting", participants=[(ada.id, Part.MENTOR)])
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="All of Ada")
        collections.add(db, admin.viewer, title="Adamant and empty")
        collections.fill(db, admin.viewer, shelf, [built.session_id])

    found = engine.suggest("ada", GUEST, limit=20)

    assert of_kind(found, SuggestionKind.SESSION) == ["Adapting", "How Ada delegates"]
    assert of_kind(found, SuggestionKind.PERSON) == ["Ada Lovelace"]
    assert of_kind(found, SuggestionKind.COLLECTION) == ["All of Ada"]


def test_passages_hold_all_words_typed(engine) -> None:
    """The last one may be unfinished."""
    found = engine.suggest("feedback negot", GUEST)

    (text,) = of_kind(found, SuggestionKind.PASSAGE)
    assert "negotiation on the same day" in text
    assert found.suggestions[-1].about == "How Ada delegates"


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        ("deligating", "delegating"),
        ("how to give fedback?", "how to give feedback?"),
        ("fisiks", "physics"),
        ("negociation and Fedback", "negotiation and feedback"),
        ("delegating feedback", ""),
        ("what about it", ""),
        ("quarterly", ""),
        ("bicycle", ""),
        ("bycicle", ""),
        ("fonts", ""),
        ("phonts", ""),
        ("zepelin", ""),
    ],
)
def test_what_nobody_said_is_repaired(engine, asked: str, instead: str) -> None:
    """By spelling or by sound, keeping the rest of the question; never with hidden words.

    A word that is right is not repaired because nobody said it, nor is one that is nearer to it.
    """
    assert engine.explore(asked, GUEST).instead == instead


def test_a_member_is_helped_with_what_they_may_see(engine, admin) -> None:
    """The same slip is repaired for somebody who may read the private session."""
    assert engine.explore("zepelin", admin.viewer).instead == "zeppelin"


@pytest.mark.parametrize("typed", ["zepp", "zircon", "fistic", "feedbacks", "negotiators", "zoe"])
def test_hidden_words_are_never_suggested(engine, typed: str) -> None:
    """Not even a form of a visible word that only a hidden session has."""
    found = engine.suggest(typed, GUEST)

    assert of_kind(found, SuggestionKind.WORD) == []
    assert of_kind(found, SuggestionKind.SESSION) == []
    assert "zeppelin" not in str(found)


def test_what_is_removed_is_suggested_no_more(engine, library) -> None:
    """At the next letter that is typed."""
    assert engine.suggest("physi", GUEST).suggestions
    with library.transaction() as db:
        for session in db.query(MentoringSession).all():
            sessions.remove(db, session)

    found = engine.suggest("physi", GUEST)

    assert not found.suggestions
    assert engine.explore("fisiks", GUEST).instead == ""


def test_an_empty_library_suggests_nothing(library, embedder) -> None:
    """And does not stumble."""
    engine = Engine(library, embedder)

    assert not engine.suggest("feed", GUEST).suggestions
    assert engine.explore("feedback", GUEST).instead == ""
