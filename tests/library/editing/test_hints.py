"""Names and words that Whisper is told to expect."""

from library.editing.hints import MOST, hints_for
from library.holdings import collections, sessions
from library.models import Part
from tests.builders import OPERATOR, add_session, person_named


def test_people_and_the_collections_words_are_told(library):
    """The names of who takes part come first, then the words of the collection; each once."""
    with library.transaction() as db:
        ada = person_named(db, "Ada Obi").id
    built = add_session(library, participants=[(ada, Part.MENTOR)])
    with library.transaction() as db:
        shelf = collections.add(db, OPERATOR, title="Platform")
        collections.describe(
            db,
            OPERATOR,
            shelf,
            title="Platform",
            description="",
            vocabulary="OKR,  Ada Obi\nGrafana",
        )
        collections.put_in(db, OPERATOR, shelf, built.session_id)
        session = sessions.get(db, built.session_id)

        assert hints_for(db, session) == "Ada Obi, OKR, Grafana"


def test_long_vocabularies_are_cut_between_words(library):
    """No more is told than Whisper can bear, and no word is cut in two."""
    built = add_session(library)
    words = [f"word{number:04}" for number in range(300)]
    with library.transaction() as db:
        shelf = collections.add(db, OPERATOR, title="Many")
        collections.describe(
            db, OPERATOR, shelf, title="Many", description="", vocabulary=", ".join(words)
        )
        collections.put_in(db, OPERATOR, shelf, built.session_id)

        told = hints_for(db, sessions.get(db, built.session_id))

    assert len(told) <= MOST
    assert set(told.split(", ")) < set(words)
