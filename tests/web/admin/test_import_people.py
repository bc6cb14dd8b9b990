"""Tests of importing people from a table: preview of each line, and all accounts or none."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from library.accounts import import_csv, people
from library.errors import InvalidInputError
from library.models import AuditEvent, Role
from library.store import Library
from tests.builders import OPERATOR, Account, person_named
from tests.web.client import Browser
from tests.web.outbox import emails_to, link_in

Browse = Callable[..., Browser]
TABLE = (
    "Name;E-mail;Role;Helps with;Languages;Leaves on\r\n"
    'Zoë Lang;ZOE@example.org;mentor;"Feedback; and praise";en, de;2991-05-31\r\n'
    "\r\n"
    "Ruth Okafor;ruth@example.org;;;;\r\n"
)
BROKEN = (
    "name,email,role,leaves on\n"
    "Zoe,zoe@example.org,king,\n"
    ",nobody@example.org,mentor,\n"
    "Ada,ada.mentor@example.org,mentor,\n"
    "Ben,nowhere,mentor,\n"
    "Cem,cem@example.org,mentor,31.5.2991\n"
    "Dora,dora@example.org,mentor,\n"
    "Dora again,Dora@example.org,mentor,\n"
)


def accounts(library: Library) -> list[str]:
    with library.reading() as db:
        return [person.email or "" for person in people.accounts(db)]


def test_a_table_is_previewed_before_accounts_are_made(
    browse: Browse, library: Library, admin: Account
) -> None:
    """A semicolon-separated file with a byte order mark is previewed, and no account is made."""
    with library.transaction() as db:
        person_named(db, "Ruth Okafor")
    before = accounts(library)

    answer = browse(admin).post(
        "/care/people/table",
        {"table": (io.BytesIO(TABLE.encode("utf-8-sig")), "people.csv")},
    )

    assert answer.status_code == 200
    assert "Zoë Lang" in answer.text
    assert "Who is Ruth Okafor?" in answer.text
    assert accounts(library) == before


def test_all_accounts_are_made_and_sent_an_email(
    app: Flask, browse: Browse, library: Library, admin: Account
) -> None:
    """The confirmation makes an account for each line and sends each person an e-mail."""
    answer = browse(admin).post("/care/people/table", {"text": TABLE, "confirm": "1", "write": "1"})

    (message,) = emails_to(app, library, "zoe@example.org")
    assert answer.location == "/care/people"
    assert "Welcome, Zoë Lang" in browse().get(link_in(message)).text
    assert len(emails_to(app, library, "ruth@example.org")) == 1
    with library.reading() as db:
        zoe, ruth = people.by_email(db, "zoe@example.org"), people.by_email(db, "ruth@example.org")
        assert zoe is not None
        assert ruth is not None
        assert (zoe.role, ruth.role) == (Role.MENTOR, Role.MENTEE)
        assert (zoe.helps_with, zoe.languages) == ("Feedback; and praise", ["en", "de"])
        assert (zoe.leaves_on, ruth.leaves_on) == (date(2991, 5, 31), None)


@pytest.mark.parametrize("same", [False, True])
def test_a_table_makes_new_people_unless_a_speaker_is_chosen(
    browse: Browse, library: Library, admin: Account, same: bool
) -> None:
    """A line with a known speaker's name makes a new person.

    The line makes an account for the speaker only if the administrator chose that person.
    """
    with library.transaction() as db:
        speaker_id = person_named(db, "Ruth Okafor").id
    number = TABLE.splitlines().index(next(t for t in TABLE.splitlines() if "Ruth" in t)) + 1
    chosen = {f"person_id-{number}": str(speaker_id)} if same else {}

    browse(admin).post("/care/people/table", {"text": TABLE, "confirm": "1", **chosen})

    with library.reading() as db:
        ruth = people.by_email(db, "ruth@example.org")
        assert ruth is not None
        assert (ruth.id == speaker_id) is same


@pytest.mark.parametrize("confirm", ["", "1"])
def test_errors_are_shown_by_line_and_no_account_is_made(
    browse: Browse, library: Library, admin: Account, mentor: Account, confirm: str
) -> None:
    """Each invalid line gets a message.

    Neither the preview nor the confirmation makes an account.
    """
    before = accounts(library)

    answer = browse(admin).post("/care/people/table", {"text": BROKEN, "confirm": confirm})

    assert answer.status_code == 400
    assert "6 lines have an error. Correct them first." in answer.text
    for number, sentence in {
        2: "is not a valid role",
        3: "The name is missing",
        4: "has an account already",
        5: "not an e-mail address",
        6: "not a date",
        8: "This address is also in line 7",
    }.items():
        row = answer.text.split(f'data-line="{number}"')[1].split("</tr>")[0]
        assert sentence in row
    assert accounts(library) == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "first line"),
        (b"name\nZoe\n", "first line"),
        (b"name,email\n", "between 1 and 500"),
        (b"name,email\n" + b"A,a@b.org\n" * 501, "between 1 and 500"),
        (b"PK\x03\x04\0\0", "not a table"),
    ],
)
def test_an_invalid_table_is_refused(
    browse: Browse, admin: Account, content: bytes, sentence: str
) -> None:
    """A file without header, with too few or too many lines, or of another format answers 400."""
    answer = browse(admin).post(
        "/care/people/table", {"table": (io.BytesIO(content), "people.csv")}
    )

    assert answer.status_code == 400
    assert sentence in answer.text


def test_a_large_table_is_refused() -> None:
    """A table larger than 1 MiB is refused."""
    with pytest.raises(InvalidInputError, match="larger than 1 MiB"):
        import_csv.decoded(b"x" * (import_csv.LARGEST + 1))


def test_an_account_made_meanwhile_stops_the_import(library: Library) -> None:
    """If one e-mail address got an account since the preview, the import makes no account."""
    lines = import_csv.read("name,email\nZoe,zoe@example.org\nAda,ada@example.org\n")
    with library.transaction() as db:
        people.add_account(
            db, name="Ada", email="ada@example.org", role=Role.MENTEE, password_hash=None
        )

    with pytest.raises(InvalidInputError, match="No account was made"):
        import_csv.import_accounts(library, OPERATOR, lines)

    assert accounts(library) == ["ada@example.org"]


def test_a_long_table_is_imported_by_portions(library: Library) -> None:
    """An import makes at most `PORTION` accounts and one audit event per transaction."""
    rows = [f"Person {n},person{n}@example.org" for n in range(2 * import_csv.PORTION + 1)]
    lines = import_csv.read("name,email\n" + "\n".join(rows))

    made = import_csv.import_accounts(library, OPERATOR, lines)

    with library.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.action == "person.import")).all()
    assert len(made) == len(lines)
    assert [len(event.detail["people"]) for event in events] == [import_csv.PORTION] * 2 + [1]


def test_old_spreadsheets_are_read(library: Library) -> None:
    """A table in Windows-1252 keeps the accents of its names."""
    (line,) = import_csv.read(
        import_csv.decoded("name\temail\nZoë\tzoe@example.org\n".encode("cp1252"))
    )

    assert (line.name, line.problem) == ("Zoë", "")
