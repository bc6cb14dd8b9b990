"""Tests of OAI records: they are updated in short transactions."""

from library.models import MentoringSession, Release, Visibility
from library.publishing import oai_records
from library.sessions import sessions
from library.sessions.description import Description
from tests.transactions import counts_at_commits

RECORDS = "SELECT count(*) FROM harvest_record WHERE NOT deleted"
MANY = 2 * oai_records.PORTION + 1


def test_records_of_many_sessions_are_written_by_portions(library):
    """OAI records of many sessions are updated in portions, each in its own transaction."""
    described = Description(title="A talk", visibility=Visibility.PUBLIC)
    with library.transaction() as db:
        ids = [sessions.add(db, described, owner_id=None).id for _ in range(MANY)]
        for session_id in ids:
            db.get_one(MentoringSession, session_id).release = Release.RELEASED

    first_counts = counts_at_commits(library, RECORDS, lambda: oai_records.refresh(library))
    with library.transaction() as db:
        for session_id in ids:
            db.get_one(MentoringSession, session_id).release = Release.WAITING
    ended = counts_at_commits(library, RECORDS, lambda: oai_records.refresh(library))

    assert first_counts == [oai_records.PORTION, 2 * oai_records.PORTION, MANY]
    assert ended == [MANY - oai_records.PORTION, MANY - 2 * oai_records.PORTION, 0]
