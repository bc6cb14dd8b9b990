"""Tests of pinned answers: matching questions, access and removal."""

import pytest

from library.curation import pinned_answers
from library.curation.pinned_answers import PinInput
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import PinnedPassage, Visibility
from library.removal import redaction
from library.removal.redaction import TimeRange
from library.sessions import erasure
from search.results.pinned import pinned
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

QUESTION = "How do I ask for feedback?"
LINES = (
    ("Ada Mentor", "Ask for feedback the same day."),
    ("Ada Mentor", "Say thank you, whatever it was."),
)


class AllAlike(BagOfWordsEmbedder):
    """Embedder with the same vector for all texts."""

    def embed_passages(self, texts):
        """Return the vector of `QUESTION` for each text."""
        return super().embed_passages([QUESTION for _ in texts])


@pytest.fixture
def talk(library, mentor):
    """A session that all members may find."""
    return add_session(library, lines=LINES, owner=mentor, visibility=Visibility.MEMBERS)


def _pin(library, who, talk, *questions: str) -> int:
    with library.transaction() as db:
        pin_input = PinInput(questions=questions or [QUESTION], passage_ids=talk.passage_ids[:1])
        return pinned_answers.save(db, who.viewer, pin_input).id


def _found(library, who, question: str, embedder=None):
    with library.reading() as db:
        vector = embedder.embed_questions([question])[0] if embedder else None
        return pinned(db, who.viewer, question, embedder, vector)


def test_a_pin_matches_the_same_words(library, admin, mentee, talk) -> None:
    """A pinned answer is shown for its question in any letter case and punctuation."""
    _pin(library, admin, talk)

    found = _found(library, mentee, "how do i ask for FEEDBACK")

    assert [quote.text for quote in found.quotes] == ["Ask for feedback the same day."]
    assert found.question == QUESTION
    assert _found(library, mentee, "How do I ask for money?") is None


def test_a_pin_matches_a_similar_question(library, admin, mentee, talk) -> None:
    """A pinned answer is shown for a similar question and for each stored wording."""
    _pin(library, admin, talk, QUESTION, "Who tells me how I did?")
    embedder = BagOfWordsEmbedder()

    near = _found(library, mentee, "How do I ask for some feedback?", embedder)

    assert near is not None
    assert _found(library, mentee, "Where is the canteen?", embedder) is None
    assert _found(library, mentee, "who tells me how I did", None) is not None


@pytest.mark.parametrize("asked", ["How do I give feedback?", "When is feedback of no use?"])
def test_a_pin_needs_half_of_the_words(library, admin, mentee, talk, asked) -> None:
    """A question that shares less than half of its words with a pin gets no pinned answer."""
    _pin(library, admin, talk)

    assert _found(library, mentee, asked, AllAlike()) is None
    assert _found(library, mentee, "How can one ask for feedback?", AllAlike()) is not None


def test_a_pin_follows_access_rules(library, admin, mentor, mentee) -> None:
    """A pinned answer from a private session is shown only to the owner of that session."""
    hidden = add_session(library, lines=LINES, owner=mentor, visibility=Visibility.PRIVATE)
    _pin(library, admin, hidden)

    assert _found(library, mentee, QUESTION) is None
    assert _found(library, mentor, QUESTION) is not None


def test_a_pin_is_removed_with_its_words(library, admin, mentor, mentee, talk) -> None:
    """If pinned words are redacted, the pinned passage is removed."""
    _pin(library, admin, talk)

    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 0.0, 10.0))
    erasure.finish(library)

    assert _found(library, mentee, QUESTION) is None
    with library.reading() as db:
        assert db.query(PinnedPassage).count() == 0


def test_an_invalid_pin_is_refused(library, admin, mentor, mentee, talk) -> None:
    """A mentee cannot pin an answer.

    A pin is refused if it lacks words or passages, or if a passage does not exist.
    """
    with library.transaction() as db:
        for who, pin_input, error in (
            (mentee, PinInput(questions=[QUESTION], passage_ids=talk.passage_ids), NotAllowedError),
            (admin, PinInput(questions=["?!"], passage_ids=talk.passage_ids), InvalidInputError),
            (admin, PinInput(questions=[QUESTION], passage_ids=[]), InvalidInputError),
            (admin, PinInput(questions=[QUESTION], passage_ids=[999]), NotFoundError),
        ):
            with pytest.raises(error):
                pinned_answers.save(db, who.viewer, pin_input)


def test_a_pin_is_changed_and_removed(library, admin, mentee, talk) -> None:
    """A changed pin matches only its new question. A removed pin matches no question."""
    pin_id = _pin(library, admin, talk)
    with library.transaction() as db:
        pin_input = PinInput(questions=["What then?"], passage_ids=talk.passage_ids, note="Both.")
        pinned_answers.save(db, admin.viewer, pin_input, pin_id)
    changed = _found(library, mentee, "what then")
    old = _found(library, mentee, QUESTION)
    with library.transaction() as db:
        pinned_answers.remove(db, admin.viewer, pin_id)

    assert (len(changed.quotes), changed.note, old) == (2, "Both.", None)
    assert _found(library, mentee, "what then") is None
