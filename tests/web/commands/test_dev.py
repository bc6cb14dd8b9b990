"""Tests of the development server."""

from sqlalchemy import select

from library.accounts import passwords
from library.models import Person, Role, Source
from web.commands import dev


def test_the_development_library_has_samples_and_accounts(library):
    """The development library has the samples and an account of each role.

    A second start adds nothing.
    """
    dev._fill(library)
    with library.reading() as db:
        before = len(db.scalars(select(Source.id)).all())
    dev._fill(library)

    with library.reading() as db:
        accounts = db.scalars(select(Person).where(Person.password_hash.is_not(None))).all()
        assert {person.role for person in accounts} == set(Role)
        assert len(accounts) == len(dev.PEOPLE)
        assert passwords.check(accounts[0].password_hash, dev.PASSWORD).right
        assert len(db.scalars(select(Source.id)).all()) == before > 0


def test_the_development_server_listens_on_loopback():
    """The development server listens on loopback only, because its debugger runs any code."""
    assert dev.HOST == "127.0.0.1"
