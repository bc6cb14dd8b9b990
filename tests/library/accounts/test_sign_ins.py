"""Tests of sign-ins: how long they last, and what ends them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from library.accounts import people, sign_ins
from library.accounts.sign_ins import Start
from library.errors import NotFoundError
from library.models import Role, SignIn, SignInWay, now
from library.preservation import backup, restore
from library.settings import Settings
from library.store import open_library

START = Start(way=SignInWay.PASSWORD, browser="Firefox on Linux", address="192.0.2.7")
REMEMBERED = Start(way=SignInWay.PASSWORD, remembered=True)


def later(library, **passed: float) -> None:
    """Make all sign-ins older by the given duration."""
    back = timedelta(**passed)
    with library.transaction() as db:
        for row in db.scalars(select(SignIn)):
            row.last_used_at -= back
            row.ends_at -= back
            row.latest_end_at -= back


def begin(library, account, start: Start = START) -> str:
    """Begin a sign-in and return its token."""
    with library.transaction() as db:
        return sign_ins.begin(db, library.settings, account.id, start)


def is_alive(library, token: str) -> bool:
    """Return whether the token of a sign-in is valid."""
    with library.reading() as db:
        return sign_ins.by_token(db, token) is not None


@pytest.mark.parametrize(("start", "days"), [(START, 7), (REMEMBERED, 30)])
def test_a_sign_in_ends_unused(library, mentor, start, days):
    """An unused sign-in ends after 7 days, or after 30 days if the person chose so."""
    token = begin(library, mentor, start)

    later(library, days=days, minutes=-1)
    before = is_alive(library, token)
    later(library, minutes=2)

    assert (before, is_alive(library, token)) == (True, False)


def test_use_prolongs_it_to_the_latest_end(library, mentor):
    """A sign-in that is used every day ends after 30 days at the latest."""
    token, alive = begin(library, mentor), []
    for _ in range(30):
        later(library, days=1)
        with library.reading() as db:
            row = sign_ins.by_token(db, token)
        alive.append(row is not None)
        if row is not None:
            sign_ins.note_use(library, row)

    assert alive == [True] * 29 + [False]


def test_use_is_written_once_an_hour_and_never_waited_for(library, mentor):
    """The use of a sign-in is stored at most hourly, without waiting for other transactions."""
    token = begin(library, mentor)
    with library.reading() as db:
        fresh = sign_ins.by_token(db, token)
    sign_ins.note_use(library, fresh)
    later(library, hours=2)
    with library.reading() as db:
        row = sign_ins.by_token(db, token)

    with library.transaction() as writing:
        writing.execute(update(SignIn).values(browser="Another"))
        sign_ins.note_use(library, row)

    with library.reading() as db:
        sign_in = sign_ins.by_token(db, token)
    assert sign_in.last_used_at == row.last_used_at
    sign_ins.note_use(library, sign_in)
    with library.reading() as db:
        assert now() - sign_ins.by_token(db, token).last_used_at < timedelta(hours=1)


def test_the_token_is_not_stored(library, mentor):
    """The token of a sign-in is in no column of its row in the database."""
    token = begin(library, mentor)

    with library.reading() as db:
        row = db.scalars(select(SignIn)).one()

    assert token not in str({c.name: getattr(row, c.key) for c in SignIn.__table__.columns})


def test_one_is_ended_and_the_others_stay(library, mentor, mentee):
    """Ending one sign-in leaves all other sign-ins valid.

    A person cannot read sign-ins of other people.
    """
    one, other, theirs = begin(library, mentor), begin(library, mentor), begin(library, mentee)
    with library.transaction() as db:
        sign_ins.end(db, sign_ins.by_token(db, one))
        foreign = sign_ins.by_token(db, theirs).id
        with pytest.raises(NotFoundError):
            sign_ins.get(db, mentor.id, foreign)

    assert [is_alive(library, token) for token in (one, other, theirs)] == [False, True, True]


@pytest.mark.parametrize(
    ("role", "active", "stays"),
    [(Role.ADMIN, True, True), (Role.MENTOR, True, False), (Role.ADMIN, False, False)],
)
def test_a_closed_account_and_a_lost_role_end_them(*, library, admin, mentor, role, active, stays):
    """Sign-ins end if their account is closed or loses the administrator role."""
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), "a hash")
        person = people.get(db, mentor.id)
        person.role = Role.ADMIN
    token = begin(library, mentor)

    with library.transaction() as db:
        person = people.get(db, mentor.id)
        people.change_account(db, admin.viewer, person, role=role, active=active)

    assert is_alive(library, token) is stays


def test_rows_go_a_month_after_their_end(library, mentor):
    """A sign-in is deleted 30 days after it has ended. An active sign-in stays."""
    ended, active = begin(library, mentor), begin(library, mentor, REMEMBERED)
    with library.transaction() as db:
        row = sign_ins.by_token(db, ended)
        sign_ins.end(db, row)
        row.ended_at -= timedelta(days=31)

    with library.transaction() as db:
        removed = sign_ins.remove_old(db)

    assert removed == 1
    assert is_alive(library, active)


def test_a_restored_library_has_no_sign_ins(library, mentor, tmp_path):
    """A sign-in from before a backup is not valid in the restored library."""
    token = begin(library, mentor)
    backup.back_up(library, tmp_path / "backup.zip")

    restore.restore(tmp_path / "backup.zip", tmp_path / "home")

    opened = open_library(Settings(home=tmp_path / "home"))
    assert not is_alive(opened, token)
    opened.close()
