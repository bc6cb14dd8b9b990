"""Tests of spelling corrections, in the language of the question and of visible words only."""

import unicodedata

import pytest

from library.access import GUEST
from library.models import MentoringSession, Visibility
from library.sessions import sessions
from search.engine import Engine
from tests.builders import add_session

LINES = [
    ("Ada", "Delegating means that the negotiation about physics happens before the meeting."),
    ("Ada", "Delegating again, and feedback about the negotiation. Some linen was made fewer."),
    ("Ada", "The cycle begins in front of everybody, and Terraform never ends. A résumé is short."),
    ("Bo", "Terraform was new to us. Terraform is a tool. They sat in an office for a bride."),
    ("Bo", "Terraform again. We were aggressive, and we hated that. Pass it on, then."),
    ("Bo", "Die Verhandlung war schwierig. Der Fehler war mein Gehalt."),
]


@pytest.fixture
def engine(library, embedder) -> Engine:
    """Search engine of a library with public and private words."""
    add_session(library, title="How Ada delegates", lines=LINES)
    secret = [("Zoe", "The zeppelin negotiator delegates fisticuffs and zirconium.")]
    add_session(library, title="Zeppelins", lines=secret, visibility=Visibility.PRIVATE)
    return Engine(library, embedder)


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        ("deligating", "delegating"),
        ("Deligating", "Delegating"),
        ("DELIGATING", "DELEGATING"),
        ("How do I deligate work?", "How do I delegate work?"),
        ("how to give fedback?", "how to give feedback?"),
        ("negotaition and fedback", "negotiation and feedback"),
        ("What did you say about negotaition?", "What did you say about negotiation?"),
        ("what did you do with terrafrom", "what did you do with terraform"),
        ("Wie war die Verhandlugn?", "Wie war die Verhandlung?"),
        ("Was sagst du zum Gehlat?", "Was sagst du zum Gehalt?"),
    ],
)
def test_a_slip_is_corrected(engine, asked: str, instead: str) -> None:
    """A word with one or two wrong letters is corrected. All other characters stay the same."""
    assert engine.explore(asked, GUEST).instead == instead


@pytest.mark.parametrize(
    "asked",
    [
        "delegating feedback",
        "what about it",
        "quarterly bicycle",
        "bycicle",
        "phonts",
        "fisiks",
        "zepelin",
        "How do I configure a Kubernetes ingress?",
        "What did Delegatine say?",
        "ChatGTP at work",
        "Wie werde ich befördert, wenn ich einen Fehler gemacht hatte?",
        "Wie führe ich eine Gehaltsverhandlung?",
        "¿Cómo pido un ascenso a mi jefe?",
        "Comment demander une promotion à mon chef ?",
        "Como peço um aumento?",
        "Jak poprosić szefa o negotjację?",
        "наставника",
        "a brigde",
        "une négociation",
    ],
)
def test_other_words_stay_as_they_are(engine, asked: str) -> None:
    """Words of any language, names and unknown languages stay as they are.

    A correction is offered only if the most probable word was said in a visible session.
    """
    assert engine.explore(asked, GUEST).instead == ""


@pytest.mark.parametrize("asked", ["résumé", "naïve résumé", "größer"])
def test_letters_with_separate_marks_are_composed(engine, asked: str) -> None:
    """A word whose accents are characters of their own is the same word."""
    assert engine.explore(unicodedata.normalize("NFD", asked), GUEST).instead == ""


def test_correction_follows_access_rules(engine, admin) -> None:
    """An administrator gets a correction to a word of a private session."""
    assert engine.explore("zepelin", admin.viewer).instead == "zeppelin"


def test_removed_words_correct_nothing(engine, library) -> None:
    """Words of removed sessions are not used for corrections."""
    assert engine.explore("fedback", GUEST).instead == "feedback"

    with library.transaction() as db:
        for session in db.query(MentoringSession).all():
            sessions.remove(db, session)

    assert engine.explore("fedback", GUEST).instead == ""


def test_the_last_word_may_be_unfinished(engine) -> None:
    """While a question is typed, the beginning of a known word is not corrected."""
    assert engine.suggest("fedback about nego", GUEST).instead == "feedback about nego"
    assert engine.suggest("feedback about nego", GUEST).instead == ""
