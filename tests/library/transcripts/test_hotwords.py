"""Tests of hotwords: names and words that Whisper is told to expect."""

from library.collections import collections
from library.models import ParticipantRole
from library.sessions import sessions
from library.transcripts.hotwords import MOST, hints_for
from tests.builders import OPERATOR, add_session, person_named


def test_hotwords_are_participants_and_words_of_the_collection(library):
    """Hotwords are the names of participants, then words of the collection, each once."""
    with library.transaction() as db:
        ada = person_named(db, "Ada Obi").id
    built = add_session(library, participants=[(ada, ParticipantRole.MENTOR)])
    with library.transaction() as db:
        collection = collections.add(db, OPERATOR, title="Platform")
        collections.describe(
            db,
            OPERATOR,
            collection,
            title="Platform",
            description="",
            vocabulary="OKR,  Ada Obi\nGrafana",
        )
        collections.append_session(db, OPERATOR, collection, built.session_id)
        session = sessions.get(db, built.session_id)

        assert hints_for(db, session) == "Ada Obi, OKR, Grafana"


def test_long_vocabularies_are_cut_between_words(library):
    """The list of hotwords has a length limit and ends between two words."""
    built = add_session(library)
    words = [f"word{number:04}" for number in range(300)]
    with library.transaction() as db:
        collection = collections.add(db, OPERATOR, title="Many")
        collections.describe(
            db, OPERATOR, collection, title="Many", description="", vocabulary=", ".join(words)
        )
        collections.append_session(db, OPERATOR, collection, built.session_id)

        hotwords = hints_for(db, sessions.get(db, built.session_id))

    assert len(hotwords) <= MOST
    assert set(hotwords.split(", ")) < set(words)
