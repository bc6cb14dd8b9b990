"""Somebody leaves: their data goes, with a receipt; what they gave stays as they agreed."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from library.accounts import passwords, people, second_factor, tokens
from library.errors import ConflictError, NotAllowedError
from library.models import AskedQuestion, MentoringSession, Part, Person, Segment, Source, State
from library.withdrawal import holds, leaving, leaving_sessions
from library.withdrawal.leaving import OwnName, OwnSessions, Wish
from tests.builders import add_session
from tests.transactions import counts_at_commits
from tests.web.signing_in import PASSWORD
from web.cli import cli


@pytest.fixture
def words(app, library, mentor):
    """The mentor has the same password as the administrator."""
    hashed = passwords.hashed(PASSWORD)
    with library.transaction() as db:
        people.set_password(db, people.get(db, mentor.id), hashed)
    return PASSWORD


def test_somebody_deletes_their_account_and_holds_a_receipt(
    browse, library, mentor, words, tmp_path
):
    """Signed out, nothing of theirs is left, and the receipt is checked by the command line."""
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
    assert (checked.exit_code, "holds" in checked.output) == (0, True)
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is None
        assert db.scalars(select(AskedQuestion)).all() == []
        assert db.get(Person, mentor.id) is None


def test_a_receipt_that_was_changed_is_refused(library, mentor, admin, tmp_path):
    """Nor does one hold whose person has an account again."""
    content = leaving.leave(library, admin.viewer, mentor.id, Wish()).content
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps({**content, "removed": {"everything": 1}}))

    checked = CliRunner().invoke(
        cli, ["--home", str(library.settings.home), "check-receipt", str(file)]
    )

    assert checked.exit_code == 1
    assert "was changed" in checked.output


def test_the_address_must_be_typed(browse, library, mentor, admin):
    """A press by mistake deletes nothing."""
    assert browse(mentor).post("/account/leave", {"email": "x"}).status_code == 400
    assert browse(admin).post(f"/care/people/{mentor.id}/delete").status_code == 400
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is not None


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize("given", [{}, {"password": "a wrong guess"}], ids=["none", "a wrong one"])
def test_the_password_of_who_deletes_is_asked_for(browse, library, mentor, admin, given):
    """A screen left open deletes nobody: neither oneself nor, as administrator, somebody else."""
    form = {"email": mentor.email, **given}

    own = browse(mentor).post("/account/leave", form)
    for_them = browse(admin).post(f"/care/people/{mentor.id}/delete", form)

    assert (own.status_code, for_them.status_code) == (400, 400)
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is not None


def test_an_administrator_deletes_somebody_with_password_and_code(browse, library, mentor, admin):
    """Where there is a second step, the password alone deletes nobody."""
    with library.transaction() as db:
        codes = second_factor.keep(db, admin.viewer, "sealed by nobody", 0)
    boss, path = browse(admin), f"/care/people/{mentor.id}/delete"
    form = {"email": mentor.email, "password": PASSWORD}

    asked = boss.get(path).text
    without = boss.post(path, form)
    done = boss.post(path, {**form, "code": codes[0]})

    assert "The code that your app shows" in asked
    assert (without.status_code, done.status_code) == (400, 302)
    with library.reading() as db:
        assert people.by_email(db, mentor.email) is None


def test_what_they_said_with_others_stays_under_their_name(library, mentor, mentee):
    """Their own session goes to the trash, the one with somebody else stays."""
    lines = [("Ada Mentor", "Sleep on it twice.")]
    alone = add_session(library, title="Alone", lines=lines, owner=mentor)
    both = add_session(library, title="Both", owner=mentor, participants=[(mentee.id, Part.MENTEE)])
    with library.transaction() as db:
        db.execute(
            text("UPDATE segment SET person_id = :id WHERE speaker = 'Ada Mentor'"),
            {"id": mentor.id},
        )

    receipt = leaving.leave(library, mentor.viewer, mentor.id, Wish(sessions=OwnSessions.TRASH))

    with library.reading() as db:
        assert db.get(MentoringSession, alone.session_id).trashed_at is not None
        assert db.get(MentoringSession, both.session_id).trashed_at is None
        left = db.get(Person, mentor.id)
    assert (left.name, left.email, left.active, left.login_key) == (mentor.name, None, False, None)
    assert receipt.content["sessions_in_trash"] == [alone.session_id]
    assert receipt.content["sessions_that_stay"] == [both.session_id]


def test_a_name_is_replaced_where_that_was_agreed(library, mentor):
    """In transcripts and passages, which the worker makes anew."""
    built = add_session(library, lines=[("Ada Mentor", "Sleep on it twice.")], owner=mentor)
    with library.transaction() as db:
        db.execute(text("UPDATE segment SET person_id = :id"), {"id": mentor.id})

    leaving.leave(library, mentor.viewer, mentor.id, Wish(name=OwnName.REPLACE))

    with library.reading() as db:
        assert db.scalars(select(Segment.speaker)).all() == [f"Somebody who left ({mentor.id})"]
        assert db.scalar(text("SELECT count(*) FROM passage WHERE text LIKE '%Ada Mentor%'")) == 0
        assert db.get(Source, built.source_id).state is State.WAITING
        assert db.get(Person, mentor.id).name == f"Somebody who left ({mentor.id})"


@pytest.fixture
def many(library, mentor) -> list[int]:
    """Sessions in which the mentor speaks alone, more than go in one transaction."""
    lines = [("Ada Mentor", "Sleep on it twice.")]
    titles = [f"Talk {number}" for number in range(leaving_sessions.PORTION + 1)]
    ids = [add_session(library, title=t, lines=lines, owner=mentor).session_id for t in titles]
    with library.transaction() as db:
        db.execute(text("UPDATE segment SET person_id = :id"), {"id": mentor.id})
    return ids


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        (
            Wish(name=OwnName.REPLACE),
            "SELECT count(*) FROM segment WHERE speaker LIKE 'Somebody who left%'",
        ),
        (
            Wish(sessions=OwnSessions.TRASH),
            "SELECT count(*) FROM mentoring_session WHERE trashed_at IS NOT NULL",
        ),
    ],
    ids=["renamed", "hidden"],
)
def test_many_sessions_are_left_in_short_transactions(library, mentor, many, wish, count):
    """Some are renamed or hidden together, so that others can write between; then all is gone."""
    receipts = []

    done = counts_at_commits(
        library,
        count,
        lambda: receipts.append(leaving.leave(library, mentor.viewer, mentor.id, wish)),
    )

    assert done == [leaving_sessions.PORTION, len(many)]
    content = receipts[0].content
    renamed = len(many) if wish.name is OwnName.REPLACE else 0
    assert content["segments_without_name"] == renamed
    assert content["sessions_in_trash"] == ([] if renamed else many)
    with library.reading() as db:
        assert list(leaving.objections(db, content)) == []


def test_who_was_interrupted_while_leaving_leaves_with_the_next_try(library, mentor, many):
    """The account is there until all is done; a second try finds the rest and tells of all."""
    leaving_sessions.prepare(library, mentor.id, hide=False, rename=True)
    late = add_session(library, lines=[("Ada Mentor", "One thing more.")], owner=mentor)
    with library.transaction() as db:
        db.execute(text("UPDATE segment SET person_id = :id"), {"id": mentor.id})
        still = people.account(db, mentor.id).name

    receipt = leaving.leave(library, mentor.viewer, mentor.id, Wish(name=OwnName.REPLACE))

    assert still == mentor.name
    assert receipt.content["segments_without_name"] == len(many) + 1
    with library.reading() as db:
        assert set(db.scalars(select(Segment.speaker))) == {f"Somebody who left ({mentor.id})"}
        assert db.get(Source, late.source_id).state is State.WAITING
        assert db.scalar(text("SELECT count(*) FROM passage")) == 0


def test_a_session_on_hold_keeps_who_wants_to_take_it_along(library, admin, mentor, many):
    """Nothing is hidden and nobody is renamed: it is said before anything is done."""
    with library.transaction() as db:
        holds.set_hold(db, admin.viewer, many[-1], hold=True, reason="It is asked for.")

    wish = Wish(sessions=OwnSessions.TRASH, name=OwnName.REPLACE)
    with pytest.raises(ConflictError, match="on hold"):
        leaving.leave(library, mentor.viewer, mentor.id, wish)

    with library.reading() as db:
        assert people.account(db, mentor.id).name == mentor.name
        assert set(db.scalars(select(MentoringSession.trashed_at))) == {None}
        assert set(db.scalars(select(Segment.speaker))) == {mentor.name}


def test_nobody_deletes_somebody_else(library, browse, mentor, mentee):
    """Only administrators may, and only where one of them is left."""
    with pytest.raises(NotAllowedError):
        leaving.leave(library, mentee.viewer, mentor.id, Wish())
    assert browse(mentee).get(f"/care/people/{mentor.id}/delete").status_code == 403
    assert browse().get("/account/leave").status_code == 302


def test_the_last_administrator_stays(app, library, admin):
    """Nothing is deleted where nobody would be left with the keys."""
    assert app is not None
    with pytest.raises(ConflictError, match="last administrator"):
        leaving.leave(library, admin.viewer, admin.id, Wish())

    with library.reading() as db:
        assert people.by_email(db, admin.email) is not None
