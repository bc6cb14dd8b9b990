"""Tests of the import of accounts from CSV tables with one person per row."""

import pytest

from library.accounts import import_csv, people
from library.errors import LibraryError, NotAllowedError
from library.models import Role

TABLE = "Name;E-mail;Role\nZoë Adams;zoe@example.org;mentor\n;nobody@example.org;\n"


def test_a_table_is_read_by_its_header():
    """A table with semicolons is read, and a row without a name is reported as a problem."""
    good, bad = import_csv.read(import_csv.decoded(TABLE.encode("cp1252")))

    assert (good.name, good.email, good.role) == ("Zoë Adams", "zoe@example.org", Role.MENTOR)
    assert good.problem == ""
    assert bad.problem


def test_rows_become_accounts_with_invitations(library, admin):
    """Each row makes one account with an invitation. Importing the same row again is refused."""
    rows = import_csv.read(TABLE.splitlines()[0] + "\n" + TABLE.splitlines()[1])

    accounts = import_csv.import_accounts(library, admin.viewer, rows)

    assert [(person.name, bool(token)) for person, token in accounts] == [("Zoë Adams", True)]
    with library.reading() as db:
        assert people.by_email(db, "ZOE@example.org").role is Role.MENTOR
        assert [row.problem != "" for row in import_csv.checked(db, rows)] == [True]
    with pytest.raises(LibraryError):
        import_csv.import_accounts(library, admin.viewer, rows)


def test_only_administrators_import_accounts(library, mentor):
    """A mentor cannot import accounts."""
    rows = import_csv.read("name,email\nZoe,zoe@example.org\n")

    with pytest.raises(NotAllowedError):
        import_csv.import_accounts(library, mentor.viewer, rows)
