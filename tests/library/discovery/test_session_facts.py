"""Tests of session facts: values of sessions for facets and suggestions."""

from datetime import date

from library.access import GUEST
from library.collections import collections
from library.discovery import session_facts
from library.models import MentoringSession, ParticipantRole, Visibility
from tests.builders import add_session


def test_facts_hold_collections_and_those_above_them(library, admin, mentor):
    """The facts of a session contain its collections and the collections above them.

    A hidden session has no facts.
    """
    public = add_session(library, title="Seen", held_on=date(2024, 5, 1)).session_id
    hidden = add_session(
        library, title="Hidden", owner=mentor, visibility=Visibility.PRIVATE
    ).session_id
    with library.transaction() as db:
        above = collections.add(db, admin.viewer, title="Above")
        inner = collections.add(db, admin.viewer, title="Inner")
        inner.parent_id = above.id
        collections.set_sessions(db, admin.viewer, inner, [public, hidden])

        found = session_facts.facts(db, GUEST, [public, hidden])
        assert set(found) == {public}
        assert found[public].collections == {above.id, inner.id}
        assert found[public].held_on == date(2024, 5, 1)
        assert session_facts.titles(db, [inner.id]) == {inner.id: "Inner"}


def test_names_begin_with_the_typed_letters_and_are_visible(library, mentor, mentee):
    """A title or name is suggested if one of its words begins with the typed letters.

    Hidden sessions and people are never suggested.
    """
    parts = [(mentee.id, ParticipantRole.MENTEE)]
    public = add_session(library, title="On good feedback", participants=parts).session_id
    add_session(
        library,
        title="Feedback in private",
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.PRIVATE,
    )
    with library.reading() as db:
        titles = session_facts.sessions_named(db, GUEST, "feed", limit=9)
        people = session_facts.people_named(db, GUEST, "ment", limit=9)
        roles = session_facts.mentees(db, [public])

    assert titles == [(public, "On good feedback")]
    assert people == [(mentee.id, "Ben Mentee")]
    assert roles == {(public, mentee.id)}


def test_languages_are_those_of_visible_transcripts(library):
    """The languages of visible transcripts are listed, the most frequent first.

    A variant counts as its language. An empty text stands for transcripts without a language.
    """
    for title, language in (("A", "en-GB"), ("B", "en"), ("C", "de"), ("D", "")):
        built = add_session(library, title=title)
        with library.transaction() as db:
            db.get(MentoringSession, built.session_id).language = language
    hidden = add_session(library, title="Hidden", visibility=Visibility.PRIVATE)
    with library.transaction() as db:
        db.get(MentoringSession, hidden.session_id).language = "fr"

        assert session_facts.languages(db, GUEST) == ["en", "", "de"]
