"""Tests of the Dublin Core metadata of a session."""

from datetime import date

from library.models import ParticipantRole, SourceKind, Visibility
from library.publishing import dublin_core
from library.sessions import sessions
from tests.builders import add_session


def test_mentors_create_and_mentees_contribute(library, mentor, mentee):
    """In Dublin Core, mentors are creators and mentees are contributors.

    Empty elements are left out.
    """
    parts = [(mentee.id, ParticipantRole.MENTEE), (mentor.id, ParticipantRole.MENTOR)]
    built = add_session(library, title="On trust", participants=parts, held_on=date(2024, 5, 31))
    with library.reading() as db:
        terms = dublin_core.terms(
            sessions.get(db, built.session_id),
            identifier="https://example.org/1",
            publisher="A library",
            subjects=["Trust"],
        )

    assert [term for term in terms if term[0] not in {"format", "language", "rights"}] == [
        ("title", "On trust"),
        ("creator", "Ada Mentor"),
        ("subject", "Trust"),
        ("publisher", "A library"),
        ("contributor", "Ben Mentee"),
        ("date", "2024-05-31"),
        ("type", "Sound"),
        ("identifier", "https://example.org/1"),
    ]


def test_without_a_mentor_the_others_are_creators(library, mentee):
    """If a session has no mentor, its participants are the creators in Dublin Core.

    A note has the type Text. The rights follow from the visibility.
    """
    built = add_session(
        library,
        participants=[(mentee.id, ParticipantRole.MENTEE)],
        kind=SourceKind.NOTE,
        visibility=Visibility.PRIVATE,
    )
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        terms = dublin_core.terms(session, identifier="x", publisher="y")

        assert ("creator", "Ben Mentee") in terms
        assert ("type", "Text") in terms
        assert dublin_core.rights(session) == "Only for the participants."
