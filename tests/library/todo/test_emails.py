"""Tests of e-mails about to-do items."""

from library.consent import release
from library.models import ParticipantRole, Visibility
from library.sessions import sessions
from library.todo import emails
from tests.builders import add_session


def test_a_task_is_sent_once_until_it_ends(library, mentor, mentee):
    """A person gets one e-mail about a to-do item.

    After the item has ended, the record of the e-mail is deleted.
    """
    built = add_session(
        library,
        lines=((mentor.name, "Ask the same day."), (mentee.name, "I was afraid to.")),
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        release.choose(db, mentor.viewer, session)
        (mine,) = [one for one in emails.news(db) if one.person_id == mentee.id]
        emails.record_told(db, mentee.id, mine.waiting)
        again = [one for one in emails.news(db) if one.person_id == mentee.id]
        during = emails.finished(db)
        release.respond(db, mentee.viewer, session, agree=True)
        after = emails.finished(db)
        emails.forget(db, after)

        assert (mine.email, len(mine.waiting)) == (mentee.email, 1)
        assert (again, during) == ([], [])
        assert after == [(mentee.id, mine.waiting[0].key)]
        assert emails.finished(db) == []
