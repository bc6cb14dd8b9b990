"""People from a table: a preview by lines, and all of them or nobody."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from library.accounts import people, roster
from library.errors import InvalidInputError
from library.models import AuditEvent, Role
from library.store import Library
from tests.builders import OPERATOR, Account, person_named
from tests.web.browsing import Browser
from tests.web.letters import letters_to, link_in

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


def test_a_table_is_shown_before_anybody_is_taken_in(
    browse: Browse, library: Library, admin: Account
) -> None:
    """A spreadsheet's file is read whatever it parts its cells with; nothing is made yet."""
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


def test_all_are_taken_in_and_written_to(
    app: Flask, browse: Browse, library: Library, admin: Account
) -> None:
    """The second press makes every account with what its line says, and writes to each."""
    answer = browse(admin).post("/care/people/table", {"text": TABLE, "confirm": "1", "write": "1"})

    (letter,) = letters_to(app, library, "zoe@example.org")
    assert answer.location == "/care/people"
    assert "Welcome, Zoë Lang" in browse().get(link_in(letter)).text
    assert len(letters_to(app, library, "ruth@example.org")) == 1
    with library.reading() as db:
        zoe, ruth = people.by_email(db, "zoe@example.org"), people.by_email(db, "ruth@example.org")
        assert zoe is not None
        assert ruth is not None
        assert (zoe.role, ruth.role) == (Role.MENTOR, Role.MENTEE)
        assert (zoe.helps_with, zoe.languages) == ("Feedback; and praise", ["en", "de"])
        assert (zoe.leaves_on, ruth.leaves_on) == (date(2991, 5, 31), None)


@pytest.mark.parametrize("same", [False, True])
def test_a_table_makes_new_people_unless_it_is_said_who_they_are(
    browse: Browse, library: Library, admin: Account, same: bool
) -> None:
    """A name that sessions have already gives an account to that person only where chosen."""
    with library.transaction() as db:
        heard = person_named(db, "Ruth Okafor").id
    number = TABLE.splitlines().index(next(t for t in TABLE.splitlines() if "Ruth" in t)) + 1
    chosen = {f"person_id-{number}": str(heard)} if same else {}

    browse(admin).post("/care/people/table", {"text": TABLE, "confirm": "1", **chosen})

    with library.reading() as db:
        ruth = people.by_email(db, "ruth@example.org")
        assert ruth is not None
        assert (ruth.id == heard) is same


@pytest.mark.parametrize("confirm", ["", "1"])
def test_what_is_wrong_is_said_by_line_and_nobody_is_taken_in(
    browse: Browse, library: Library, admin: Account, mentor: Account, confirm: str
) -> None:
    """Each bad line has its sentence; the good ones wait for them, also on the second press."""
    before = accounts(library)

    answer = browse(admin).post("/care/people/table", {"text": BROKEN, "confirm": confirm})

    assert answer.status_code == 400
    assert "6 lines have to be mended first" in answer.text
    for number, sentence in {
        2: "is no role",
        3: "There is no name",
        4: "has an account already",
        5: "not an e-mail address",
        6: "not a date",
        8: "The same address as in line 7",
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
def test_what_is_no_table_is_told(
    browse: Browse, admin: Account, content: bytes, sentence: str
) -> None:
    """Anything else than people in lines is refused with a sentence."""
    answer = browse(admin).post(
        "/care/people/table", {"table": (io.BytesIO(content), "people.csv")}
    )

    assert answer.status_code == 400
    assert sentence in answer.text


def test_a_table_is_not_endless() -> None:
    """More than a spreadsheet of people is not read."""
    with pytest.raises(InvalidInputError, match="larger than 1 MiB"):
        roster.decoded(b"x" * (roster.LARGEST + 1))


def test_an_account_made_meanwhile_leaves_nothing_half_done(library: Library) -> None:
    """Where the last line cannot be taken in any more, none is."""
    lines = roster.read("name,email\nZoe,zoe@example.org\nAda,ada@example.org\n")
    with library.transaction() as db:
        people.add_account(
            db, name="Ada", email="ada@example.org", role=Role.MENTEE, password_hash=None
        )

    with pytest.raises(InvalidInputError, match="Nobody was taken in"):
        roster.take_in(library, OPERATOR, lines)

    assert accounts(library) == ["ada@example.org"]


def test_a_long_table_is_taken_in_by_portions(library: Library) -> None:
    """No transaction makes more than a portion, and each is in the audit log."""
    rows = [f"Person {n},person{n}@example.org" for n in range(2 * roster.PORTION + 1)]
    lines = roster.read("name,email\n" + "\n".join(rows))

    made = roster.take_in(library, OPERATOR, lines)

    with library.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.action == "person.import")).all()
    assert len(made) == len(lines)
    assert [len(event.detail["people"]) for event in events] == [roster.PORTION] * 2 + [1]


def test_old_spreadsheets_are_read(library: Library) -> None:
    """Names in Windows-1252 keep their letters."""
    (line,) = roster.read(roster.decoded("name\temail\nZoë\tzoe@example.org\n".encode("cp1252")))

    assert (line.name, line.problem) == ("Zoë", "")
