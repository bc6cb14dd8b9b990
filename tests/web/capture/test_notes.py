"""Tests of a participant's own note in another member's session."""

from collections.abc import Callable

from library.models import ParticipantRole, Release, Role, Visibility
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, add_account, add_session
from tests.web.client import Browser

SAID = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))


def test_a_mentee_adds_a_note_and_takes_it_back(
    browse: Callable[..., Browser], library: Library, mentor: Account, mentee: Account
) -> None:
    """A participant adds and removes a note in a session.

    The owner is asked for consent again, and a member who did not take part gets 404.
    """
    built = add_session(
        library,
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
    )
    stranger = add_account(library, "Sam Stranger", Role.MENTEE)
    ben, path = browse(mentee), f"/sessions/{built.session_id}/notes"

    empty = ben.post(path, {"note": " "})
    ben.post(path, {"note": "What I tried afterwards."})
    refused = browse(stranger).post(path, {"note": "Me too."})
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        state, added = session.release, [source.added_by for source in session.sources]
        note_id = session.sources[-1].id
    home_page = browse(mentor).get("/").text
    ben.post(f"/sessions/{built.session_id}/parts/{note_id}/remove", {})
    with library.reading() as db:
        left = len(sessions.get(db, built.session_id).sources)

    assert (empty.status_code, refused.status_code) == (400, 404)
    assert state is Release.WAITING
    assert added == [None, mentee.id]
    assert "You are asked again" in home_page
    assert left == 1


def test_an_administrator_cannot_add_a_note(
    browse: Callable[..., Browser], library: Library, mentor: Account, admin: Account
) -> None:
    """An administrator who did not take part sees no link to the notes and is refused the form."""
    built = add_session(library, lines=SAID[:1], owner=mentor)
    page, notes = f"/sessions/{built.session_id}", f"/sessions/{built.session_id}/notes"
    ines, ada = browse(admin), browse(mentor)

    offered = [notes in one.get(page).text for one in (ines, ada)]

    assert offered == [False, True]
    assert [one.get(notes).status_code for one in (ines, ada)] == [403, 200]
    assert ines.post(notes, {"note": "From the office."}).status_code == 403
