"""Pinned answers: shown to whom, for which questions, and when they fall away."""

import pytest

from library.curating import pins
from library.curating.pins import Wanted
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import erasure
from library.models import PinnedPassage, Visibility
from library.withdrawal import off_record
from library.withdrawal.off_record import Stretch
from search.pinned import pinned
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

QUESTION = "How do I ask for feedback?"
LINES = (
    ("Ada Mentor", "Ask for feedback the same day."),
    ("Ada Mentor", "Say thank you, whatever it was."),
)


class AllAlike(BagOfWordsEmbedder):
    """A model to which everything means the same."""

    def embed(self, texts):
        """The same row for each."""
        return super().embed([QUESTION for _ in texts])


@pytest.fixture
def talk(library, mentor):
    """A session that all members find."""
    return add_session(library, lines=LINES, owner=mentor, visibility=Visibility.MEMBERS)


def _pin(library, who, talk, *questions: str) -> int:
    with library.transaction() as db:
        wanted = Wanted(questions=questions or [QUESTION], passage_ids=talk.passage_ids[:1])
        return pins.save(db, who.viewer, wanted).id


def _found(library, who, question: str, embedder=None):
    with library.reading() as db:
        return pinned(db, who.viewer, question, embedder)


def test_asked_in_the_same_words_it_is_shown(library, admin, mentee, talk) -> None:
    """Whatever the case and the marks; another question finds nothing."""
    _pin(library, admin, talk)

    found = _found(library, mentee, "how do i ask for FEEDBACK")

    assert [quote.text for quote in found.quotes] == ["Ask for feedback the same day."]
    assert found.question == QUESTION
    assert _found(library, mentee, "How do I ask for money?") is None


def test_asked_close_by_meaning_it_is_shown(library, admin, mentee, talk) -> None:
    """Above the threshold, not below it; a variant that was written down always."""
    _pin(library, admin, talk, QUESTION, "Who tells me how I did?")
    embedder = BagOfWordsEmbedder()

    near = _found(library, mentee, "How do I ask for some feedback?", embedder)

    assert near is not None
    assert _found(library, mentee, "Where is the canteen?", embedder) is None
    assert _found(library, mentee, "who tells me how I did", None) is not None


@pytest.mark.parametrize("asked", ["How do I give feedback?", "When is feedback of no use?"])
def test_a_question_about_something_near_is_another(library, admin, mentee, talk, asked) -> None:
    """Half of the words have to be the same, however near the two lie by meaning."""
    _pin(library, admin, talk)

    assert _found(library, mentee, asked, AllAlike()) is None
    assert _found(library, mentee, "How can one ask for feedback?", AllAlike()) is not None


def test_it_shows_nobody_what_they_may_not_see(library, admin, mentor, mentee) -> None:
    """Of a private session not even the question that was pinned."""
    hidden = add_session(library, lines=LINES, owner=mentor, visibility=Visibility.PRIVATE)
    _pin(library, admin, hidden)

    assert _found(library, mentee, QUESTION) is None
    assert _found(library, mentor, QUESTION) is not None


def test_it_falls_away_when_its_words_are_gone(library, admin, mentor, mentee, talk) -> None:
    """Taken off the record, nothing is left of it, not even a hash."""
    _pin(library, admin, talk)

    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 0.0, 10.0))
    erasure.finish(library)

    assert _found(library, mentee, QUESTION) is None
    with library.reading() as db:
        assert db.query(PinnedPassage).count() == 0


def test_who_may_pin_and_what(library, admin, mentor, mentee, talk) -> None:
    """Curators and administrators, what they see, with a question and not too much."""
    with library.transaction() as db:
        for who, wanted, error in (
            (mentee, Wanted(questions=[QUESTION], passage_ids=talk.passage_ids), NotAllowedError),
            (admin, Wanted(questions=["?!"], passage_ids=talk.passage_ids), InvalidInputError),
            (admin, Wanted(questions=[QUESTION], passage_ids=[]), InvalidInputError),
            (admin, Wanted(questions=[QUESTION], passage_ids=[999]), NotFoundError),
        ):
            with pytest.raises(error):
                pins.save(db, who.viewer, wanted)


def test_it_is_changed_and_removed(library, admin, mentee, talk) -> None:
    """The new question counts, the old one does not; removed, none does."""
    pin_id = _pin(library, admin, talk)
    with library.transaction() as db:
        wanted = Wanted(questions=["What then?"], passage_ids=talk.passage_ids, note="Both.")
        pins.save(db, admin.viewer, wanted, pin_id)
    changed = _found(library, mentee, "what then")
    old = _found(library, mentee, QUESTION)
    with library.transaction() as db:
        pins.remove(db, admin.viewer, pin_id)

    assert (len(changed.quotes), changed.note, old) == (2, "Both.", None)
    assert _found(library, mentee, "what then") is None
