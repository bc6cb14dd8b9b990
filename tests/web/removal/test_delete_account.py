"""Tests of deleting an account: removed data, the receipt, and sessions that stay."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from library.accounts import passwords, people, tokens, two_factor
from library.errors import ConflictError, NotAllowedError
from library.models import (
    AskedQuestion,
    MentoringSession,
    ParticipantRole,
    Person,
    Segment,
    Source,
    State,
)
from library.removal import account_deletion, account_deletion_sessions, legal_holds
from library.removal.account_deletion import DeletionRequest, OwnName, OwnSessions
from tests.builders import add_session
from tests.transactions import counts_at_commits
from tests.web.browser.sign_in import PASSWORD
from web.cli import cli


@pytest.fixture
def words(app, library, mentor):
    """Password of the mentor, which is the same as the administrator's."""
    hashed = passwords.hashed(PASSWORD)
    with library.transaction() as db:
        people.set_password(db, people.get(db, mentor.id), hashed)
    return PASSWORD


def test_a_mentor_deletes_their_account_and_gets_a_receipt(
    browse, library, mentor, words, tmp_path
):
    """Deleting an account leaves no questions, tokens or database row of the account.

    The command `check-receipt` confirms the receipt.
    """
    with library.transaction() as db:
        db.add(AskedQuestion(person_id=mentor.id, question="How do I say no?", filters={}))
        tokens.add(db, mentor.id, "a program")
    who = browse(mentor)

    answer = who.post("/account/leave", {"email": mentor.email, "password": words})
    page = browse().get(answer.location)
    file = tmp_path / "receipt.json"
    file.write_text(browse().get(f"{answer.location}.json").text)
    checked = CliRunner().invoke(
        cli, ["--home", str(library.settings.home), "check-receipt", str(file)]
    )

    assert "Asked question: 1" in page.text
    assert "Api token: 1" in page.text
    assert who.get("/account").status_code == 302
    assert (checked.exit_code, "no account and no data here" in checked.output) == (0, True)
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is None
        assert db.scalars(select(AskedQuestion)).all() == []
        assert db.get(Person, mentor.id) is None


def test_a_receipt_that_was_changed_is_refused(library, mentor, admin, tmp_path):
    """The command `check-receipt` refuses a receipt whose content was changed."""
    content = account_deletion.delete_account(
        library, admin.viewer, mentor.id, DeletionRequest()
    ).content
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps({**content, "removed": {"everything": 1}}))

    checked = CliRunner().invoke(
        cli, ["--home", str(library.settings.home), "check-receipt", str(file)]
    )

    assert checked.exit_code == 1
    assert "was changed" in checked.output


def test_the_address_must_be_typed(browse, library, mentor, admin):
    """Neither owner nor administrator can delete an account without typing its e-mail address."""
    assert browse(mentor).post("/account/leave", {"email": "x"}).status_code == 400
    assert browse(admin).post(f"/care/people/{mentor.id}/delete").status_code == 400
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is not None


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize("given", [{}, {"password": "a wrong guess"}], ids=["none", "a wrong one"])
def test_deleting_an_account_needs_a_password(browse, library, mentor, admin, given):
    """Neither owner nor administrator can delete an account without the right password."""
    form = {"email": mentor.email, **given}

    own = browse(mentor).post("/account/leave", form)
    for_them = browse(admin).post(f"/care/people/{mentor.id}/delete", form)

    assert (own.status_code, for_them.status_code) == (400, 400)
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is not None


def test_an_administrator_deletes_an_account_with_password_and_code(browse, library, mentor, admin):
    """An administrator with two-step sign-in needs a code to delete an account."""
    with library.transaction() as db:
        codes = two_factor.enable(db, admin.viewer, "sealed by nobody", 0)
    as_admin, path = browse(admin), f"/care/people/{mentor.id}/delete"
    form = {"email": mentor.email, "password": PASSWORD}

    form_page = as_admin.get(path).text
    without = as_admin.post(path, form)
    done = as_admin.post(path, {**form, "code": codes[0]})

    assert "The code that your app shows" in form_page
    assert (without.status_code, done.status_code) == (400, 302)
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is None


def test_a_session_with_others_stays_under_their_name(library, mentor, mentee):
    """After an account deletion, a session of the owner alone is in the trash.

    A session with another participant stays, with the owner's name.
    """
    lines = [("Ada Mentor", "Sleep on it twice.")]
    alone = add_session(library, title="Alone", lines=lines, owner=mentor)
    both = add_session(
        library, title="Both", owner=mentor, participants=[(mentee.id, ParticipantRole.MENTEE)]
    )
    with library.transaction() as db:
        db.execute(
            text("UPDATE segment SET person_id = :id WHERE speaker = 'Ada Mentor'"),
            {"id": mentor.id},
        )

    receipt = account_deletion.delete_account(
        library, mentor.viewer, mentor.id, DeletionRequest(sessions=OwnSessions.TRASH)
    )

    with library.reading() as db:
        assert db.get(MentoringSession, alone.session_id).trashed_at is not None
        assert db.get(MentoringSession, both.session_id).trashed_at is None
        left = db.get(Person, mentor.id)
    assert (left.name, left.email, left.active, left.login_key) == (mentor.name, None, False, None)
    assert receipt.content["sessions_in_trash"] == [alone.session_id]
    assert receipt.content["sessions_that_stay"] == [both.session_id]


def test_a_name_is_replaced_on_request(library, mentor):
    """On request, the name of a deleted account is replaced in segments and passages.

    The source then waits for indexing.
    """
    built = add_session(library, lines=[("Ada Mentor", "Sleep on it twice.")], owner=mentor)
    with library.transaction() as db:
        db.execute(text("UPDATE segment SET person_id = :id"), {"id": mentor.id})

    account_deletion.delete_account(
        library, mentor.viewer, mentor.id, DeletionRequest(name=OwnName.REPLACE)
    )

    with library.reading() as db:
        assert db.scalars(select(Segment.speaker)).all() == [f"Somebody who left ({mentor.id})"]
        assert db.scalar(text("SELECT count(*) FROM passage WHERE text LIKE '%Ada Mentor%'")) == 0
        assert db.get(Source, built.source_id).state is State.WAITING
        assert db.get(Person, mentor.id).name == f"Somebody who left ({mentor.id})"


@pytest.fixture
def many(library, mentor) -> list[int]:
    """Ids of sessions whose only speaker is the mentor, too many for one transaction."""
    lines = [("Ada Mentor", "Sleep on it twice.")]
    titles = [f"Talk {number}" for number in range(account_deletion_sessions.PORTION + 1)]
    ids = [add_session(library, title=t, lines=lines, owner=mentor).session_id for t in titles]
    with library.transaction() as db:
        db.execute(text("UPDATE segment SET person_id = :id"), {"id": mentor.id})
    return ids


@pytest.mark.parametrize(
    ("deletion", "count"),
    [
        (
            DeletionRequest(name=OwnName.REPLACE),
            "SELECT count(*) FROM segment WHERE speaker LIKE 'Somebody who left%'",
        ),
        (
            DeletionRequest(sessions=OwnSessions.TRASH),
            "SELECT count(*) FROM mentoring_session WHERE trashed_at IS NOT NULL",
        ),
    ],
    ids=["renamed", "hidden"],
)
def test_many_sessions_are_left_in_short_transactions(library, mentor, many, deletion, count):
    """An account deletion changes or hides many sessions in several short transactions."""
    receipts = []

    done = counts_at_commits(
        library,
        count,
        lambda: receipts.append(
            account_deletion.delete_account(library, mentor.viewer, mentor.id, deletion)
        ),
    )

    assert done == [account_deletion_sessions.PORTION, len(many)]
    content = receipts[0].content
    renamed = len(many) if deletion.name is OwnName.REPLACE else 0
    assert content["segments_without_name"] == renamed
    assert content["sessions_in_trash"] == ([] if renamed else many)
    with library.reading() as db:
        assert list(account_deletion.objections(db, content)) == []


def test_an_interrupted_deletion_is_completed_by_the_next(library, mentor, many):
    """An interrupted deletion keeps the account.

    The next deletion completes the first. Its receipt counts the segments that both changed.
    """
    account_deletion_sessions.prepare(library, mentor.id, hide=False, rename=True)
    late = add_session(library, lines=[("Ada Mentor", "One thing more.")], owner=mentor)
    with library.transaction() as db:
        db.execute(text("UPDATE segment SET person_id = :id"), {"id": mentor.id})
        still = people.account(db, mentor.id).name

    receipt = account_deletion.delete_account(
        library, mentor.viewer, mentor.id, DeletionRequest(name=OwnName.REPLACE)
    )

    assert still == mentor.name
    assert receipt.content["segments_without_name"] == len(many) + 1
    with library.reading() as db:
        assert set(db.scalars(select(Segment.speaker))) == {f"Somebody who left ({mentor.id})"}
        assert db.get(Source, late.source_id).state is State.WAITING
        assert db.scalar(text("SELECT count(*) FROM passage")) == 0


def test_a_legal_hold_stops_a_deletion_that_removes_the_session(library, admin, mentor, many):
    """A legal hold on one session stops the account deletion before it changes anything."""
    with library.transaction() as db:
        legal_holds.set_hold(db, admin.viewer, many[-1], hold=True, reason="A court asks for it.")

    deletion = DeletionRequest(sessions=OwnSessions.TRASH, name=OwnName.REPLACE)
    with pytest.raises(ConflictError, match="legal hold"):
        account_deletion.delete_account(library, mentor.viewer, mentor.id, deletion)

    with library.reading() as db:
        assert people.account(db, mentor.id).name == mentor.name
        assert set(db.scalars(select(MentoringSession.trashed_at))) == {None}
        assert set(db.scalars(select(Segment.speaker))) == {mentor.name}


def test_a_member_cannot_delete_another_account(library, browse, mentor, mentee):
    """A mentee cannot delete the account of another member."""
    with pytest.raises(NotAllowedError):
        account_deletion.delete_account(library, mentee.viewer, mentor.id, DeletionRequest())
    assert browse(mentee).get(f"/care/people/{mentor.id}/delete").status_code == 403
    assert browse().get("/account/leave").status_code == 302


def test_the_last_administrator_stays(app, library, admin):
    """The account of the last administrator cannot be deleted."""
    assert app is not None
    with pytest.raises(ConflictError, match="last administrator"):
        account_deletion.delete_account(library, admin.viewer, admin.id, DeletionRequest())

    with library.reading() as db:
        assert people.by_email(db, admin.email) is not None
