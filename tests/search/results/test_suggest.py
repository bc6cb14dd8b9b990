"""Tests of completions, with words and questions that the viewer may see."""

import pytest

from library.access import GUEST
from library.collections import collections
from library.curation import pinned_answers
from library.curation.pinned_answers import PinInput
from library.models import MentoringSession, ParticipantRole, Role, Visibility
from library.sessions import sessions
from search.engine import Engine
from search.results.result_types import SuggestionKind
from tests.builders import add_account, add_session

LINES = [
    ("Ada", "Delegating means that the negotiation about physics happens before the meeting."),
    ("Ada", "Delegating again, and feedback about the negotiation on the same day."),
    ("Ada", "The cycle begins in front of everybody, and a cycle never ends."),
]


@pytest.fixture
def engine(library, embedder) -> Engine:
    """Search engine of a library with public and private words."""
    add_session(library, title="How Ada delegates", lines=LINES)
    secret = [("Zoe", "The zeppelin negotiator delegates fisticuffs, feedbacks and zirconium.")]
    add_session(library, title="Zeppelins", lines=secret, visibility=Visibility.PRIVATE)
    return Engine(library, embedder)


def of_kind(suggestions, kind: SuggestionKind) -> list[str]:
    """Return the texts of one kind of suggestion."""
    return [s.text for s in suggestions.suggestions if s.kind is kind]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("dele", "delegating"),
        ("DELEGATIN", "delegating"),
        ("how to nego", None),
        ("feedback abo", None),
        ("d", None),
        ("", None),
        ("%", None),
    ],
)
def test_the_last_word_is_completed(engine, typed: str, word: str | None) -> None:
    """A word that stands alone is completed to a spoken word, but never to a stop word.

    The last word of a sentence is not completed: the spoken word might not fit.
    """
    words = of_kind(engine.suggest(typed, GUEST), SuggestionKind.WORD)

    assert words == ([word] if word else [])


def test_names_and_titles_are_found_by_prefix(engine, library, admin) -> None:
    """The start of a word in a title or name suggests visible sessions, people and collections."""
    ada = add_account(library, "Ada Lovelace", Role.MENTOR)
    built = add_session(library, title="Adapting", participants=[(ada.id, ParticipantRole.MENTOR)])
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="All of Ada")
        collections.add(db, admin.viewer, title="Adamant and empty")
        collections.set_sessions(db, admin.viewer, collection, [built.session_id])

    found = engine.suggest("ada", GUEST, limit=20)

    assert of_kind(found, SuggestionKind.SESSION) == ["Adapting", "How Ada delegates"]
    assert of_kind(found, SuggestionKind.PERSON) == ["Ada Lovelace"]
    assert of_kind(found, SuggestionKind.COLLECTION) == ["All of Ada"]


def test_suggested_passages_contain_all_words(engine) -> None:
    """A suggested passage contains all typed words, the last one as a prefix."""
    found = engine.suggest("feedback negot", GUEST)

    (text,) = of_kind(found, SuggestionKind.PASSAGE)
    assert "negotiation on the same day" in text
    assert found.suggestions[-1].about == "How Ada delegates"


@pytest.mark.parametrize("typed", ["zepp", "zircon", "fistic", "feedbacks", "negotiators", "zoe"])
def test_private_words_are_never_suggested(engine, typed: str) -> None:
    """A guest gets no suggestion with a word of a private session, in any form of the word."""
    found = engine.suggest(typed, GUEST)

    assert of_kind(found, SuggestionKind.WORD) == []
    assert of_kind(found, SuggestionKind.SESSION) == []
    assert "zeppelin" not in str(found)


def test_removed_words_are_not_suggested(engine, library) -> None:
    """Words of removed sessions are not suggested."""
    assert engine.suggest("physi", GUEST).suggestions
    with library.transaction() as db:
        for session in db.query(MentoringSession).all():
            sessions.remove(db, session)

    found = engine.suggest("physi", GUEST)

    assert not found.suggestions


def test_an_empty_library_suggests_nothing(library, embedder) -> None:
    """An empty library has no suggestions."""
    engine = Engine(library, embedder)

    assert not engine.suggest("feed", GUEST).suggestions


def test_whole_questions_are_suggested(engine, library) -> None:
    """Questions that were asked in visible sessions are suggested as they were asked."""
    asked = [("Bo", "It is hard. How do you prepare a negotiation with your boss?")]
    add_session(library, title="Asking", lines=asked)
    add_session(
        library,
        title="Secret",
        lines=[("Zoe", "How do you prepare a negotiation about a zeppelin?")],
        visibility=Visibility.PRIVATE,
    )

    found = engine.suggest("how prepare nego", GUEST)

    (question,) = of_kind(found, SuggestionKind.QUESTION)
    assert question == "How do you prepare a negotiation with your boss?"


def test_pinned_questions_are_suggested_with_their_passages(engine, library, admin) -> None:
    """A pinned question is suggested only to people who may see one of its passages."""
    built = add_session(library, title="Pay", visibility=Visibility.PRIVATE)
    with library.transaction() as db:
        wanted = PinInput(
            questions=["How do I ask for more feedback?"], passage_ids=built.passage_ids
        )
        pinned_answers.save(db, admin.viewer, wanted)

    seen = [
        of_kind(engine.suggest("more feed", who), SuggestionKind.QUESTION)
        for who in (GUEST, admin.viewer)
    ]

    assert seen == [[], ["How do I ask for more feedback?"]]
