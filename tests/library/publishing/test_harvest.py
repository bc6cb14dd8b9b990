"""What harvesters are told, brought up to date in short transactions."""

from library.holdings import sessions
from library.holdings.sessions import Description
from library.models import MentoringSession, Release, Visibility
from library.publishing import harvest
from tests.transactions import counts_at_commits

RECORDS = "SELECT count(*) FROM harvest_record WHERE NOT deleted"
MANY = 2 * harvest.PORTION + 1


def test_records_of_many_sessions_are_written_by_portions(library):
    """Sessions that became public, and that end being it, together: others can write between."""
    described = Description(title="A talk", visibility=Visibility.PUBLIC)
    with library.transaction() as db:
        ids = [sessions.add(db, described, owner_id=None).id for _ in range(MANY)]
        for session_id in ids:
            db.get_one(MentoringSession, session_id).release = Release.RELEASED

    begun = counts_at_commits(library, RECORDS, lambda: harvest.refresh(library))
    with library.transaction() as db:
        for session_id in ids:
            db.get_one(MentoringSession, session_id).release = Release.WAITING
    ended = counts_at_commits(library, RECORDS, lambda: harvest.refresh(library))

    assert begun == [harvest.PORTION, 2 * harvest.PORTION, MANY]
    assert ended == [MANY - harvest.PORTION, MANY - 2 * harvest.PORTION, 0]
