"""Tests of account deletion and its receipt.

Covers: account_deletion_sessions.
"""

import pytest

from library.accounts import people
from library.errors import ConflictError, NotAllowedError
from library.models import MentoringSession, ParticipantRole, Person
from library.removal import account_deletion, account_deletion_sessions
from library.removal.account_deletion import DeletionRequest, OwnName, OwnSessions
from library.transcripts import versions
from tests.builders import add_session


def test_an_account_is_deleted_and_its_receipt_holds(library, admin, mentor):
    """Deleting an account gives a valid receipt. A changed receipt is detected."""
    receipt = account_deletion.delete_account(library, admin.viewer, mentor.id, DeletionRequest())

    with library.transaction() as db:
        assert people.by_email(db, mentor.email) is None
        assert account_deletion.by_hash(db, receipt.content["sha256"]).id == receipt.id
        assert list(account_deletion.objections(db, receipt.content)) == []
        changed = {**receipt.content, "person": admin.id}
        assert list(account_deletion.objections(db, changed)) != []


def test_only_administrators_delete_another_account(library, mentor, mentee):
    """A mentee cannot delete the account of another person."""
    with pytest.raises(NotAllowedError):
        account_deletion.delete_account(library, mentee.viewer, mentor.id, DeletionRequest())

    with library.reading() as db:
        assert db.get(Person, mentor.id) is not None


def test_the_last_administrator_stays(library, admin):
    """The account of the last administrator cannot be deleted."""
    with pytest.raises(ConflictError):
        account_deletion.delete_account(library, admin.viewer, admin.id, DeletionRequest())


def test_own_sessions_go_to_the_trash_and_the_name_is_replaced(library, admin, mentor, mentee):
    """Account deletion can put sessions whose only participant is this person into the trash.

    In other sessions it can replace the person's name.
    """
    alone = add_session(
        library,
        title="Alone",
        lines=[(mentor.name, "I spoke alone.")],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
    )
    both = add_session(
        library,
        title="Both",
        lines=[(mentor.name, "Ask early."), (mentee.name, "I will.")],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
    )
    with library.reading() as db:
        found = account_deletion_sessions.sole_participant_sessions(db, mentor.id)
        assert list(found) == [alone.session_id]
    request = DeletionRequest(sessions=OwnSessions.TRASH, name=OwnName.REPLACE)

    account_deletion.delete_account(library, admin.viewer, mentor.id, request)

    with library.reading() as db:
        trashed = [db.get(MentoringSession, one.session_id).trashed_at for one in (alone, both)]
        version = versions.current_version(db, both.source_id)
        speakers = {segment.speaker for segment in versions.segments_of(db, version.id)}
    assert [moment is not None for moment in trashed] == [True, False]
    assert mentor.name not in speakers
    assert any(name.startswith(account_deletion_sessions.NAMELESS) for name in speakers)
