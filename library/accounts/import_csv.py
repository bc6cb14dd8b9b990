"""Import of accounts from a CSV table (RFC 4180). All rows are checked before the import."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from library import audit
from library.access import Viewer, require_admin
from library.accounts import email_addresses, people, profiles
from library.accounts import names as person_names
from library.accounts.profiles import Profile
from library.errors import InvalidInputError
from library.models import Person, Role
from library.store import Library, Transaction
from library.translation import gettext

COLUMNS = {
    "name": "name",
    "email": "email",
    "e-mail": "email",
    "role": "role",
    "about": "about",
    "helps with": "helps_with",
    "wants to learn": "learns",
    "languages": "languages",
    "availability": "availability",
    "leaves on": "leaves_on",
}
MOST = 500  # rows
PORTION = 100  # accounts in one transaction
LARGEST = 1024 * 1024  # bytes


@dataclass(frozen=True, kw_only=True)
class CsvRow:
    """Row of the table: one person. `problem` says what to correct; empty if the row is valid."""

    number: int  # line number in the file; the header is line 1
    name: str = ""
    email: str = ""
    role: Role = Role.MENTEE
    profile: Profile = field(default_factory=Profile)
    leaves_on: date | None = None
    problem: str = ""
    namesakes: Sequence[Person] = ()  # people without account who have this name


def decoded(content: bytes) -> str:
    """Decode a CSV file that a spreadsheet program wrote: UTF-8, else Windows-1252.

    Raises:
        InvalidInputError: The file exceeds `LARGEST` bytes or is not text.
    """
    if len(content) > LARGEST:
        raise InvalidInputError("The table is larger than 1 MiB. Split it and import the parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise InvalidInputError("This is not a table. Save it as CSV, and choose that file.")
    return text


def read(text: str) -> list[CsvRow]:
    """Parse a table with a header line; the delimiter is a comma, semicolon or tab.

    Raises:
        InvalidInputError: The header is incomplete, or the table has no or too many people.
    """
    heads = text.partition("\n")[0]
    parted = max(",;\t", key=heads.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=parted))
    except csv.Error as error:
        raise InvalidInputError("This is not a table. Save it as CSV.") from error
    names = [COLUMNS.get(head.strip().lower(), "") for head in rows[0]] if rows else []
    if not {"name", "email"} <= set(names):
        raise InvalidInputError(
            "The first line must name the columns, including “name” and “email”. "
            "Known columns: %(columns)s.",
            columns=", ".join(COLUMNS),
        )
    filled = [(n, row) for n, row in enumerate(rows[1:], start=2) if any(c.strip() for c in row)]
    if not 0 < len(filled) <= MOST:
        raise InvalidInputError("The table must have between 1 and %(number)s people.", number=MOST)
    return [_line(number, dict(zip(names, row, strict=False))) for number, row in filled]


def checked(db: Transaction, lines: Iterable[CsvRow]) -> list[CsvRow]:
    """Return all rows, completed with data of the library.

    `problem` is set if an earlier row or an account has the same e-mail address. `namesakes` has
    the people without account who have the name of the row.
    """
    lines_by_email: dict[str, int] = {}
    done = []
    for line in lines:
        problem = line.problem
        if not problem and line.email in lines_by_email:
            problem = gettext(
                "This address is also in line %(number)s.", number=lines_by_email[line.email]
            )
        if not problem and people.by_email(db, line.email) is not None:
            problem = gettext("This address has an account already.")
        lines_by_email.setdefault(line.email, line.number)
        namesakes = person_names.without_account(db, line.name)
        done.append(replace(line, problem=problem, namesakes=namesakes))
    return done


def import_accounts(
    library: Library,
    viewer: Viewer,
    lines: Sequence[CsvRow],
    *,
    heard: Mapping[int, int] | None = None,
) -> list[tuple[Person, str]]:
    """Make the accounts of all rows; return each person with the token of their invitation.

    One transaction makes at most `PORTION` accounts, so that other writers are not blocked. 500
    accounts in one transaction took 2 s of CPU time.

    Args:
        library: Library that gets the accounts.
        viewer: Administrator.
        lines: Rows of the table.
        heard: Ids of people without account who get an account, by line number. All other rows
            make new people, also if a person of that name exists.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: A row has a problem, or a chosen person has another name. No account is
            made then. The error is also raised if another administrator made one of the accounts
            in the meantime. The accounts of earlier transactions stay then.
    """
    require_admin(viewer)
    with library.reading() as db:
        lines = checked(db, lines)
    if any(line.problem for line in lines):
        raise InvalidInputError(
            "Some lines have problems. Correct them first. No account was made."
        )
    for line in lines:
        _require_known(line, (heard or {}).get(line.number))
    made: list[tuple[Person, str]] = []
    for first in range(0, len(lines), PORTION):
        with library.transaction() as db:
            new = [
                _make(db, line, (heard or {}).get(line.number))
                for line in checked(db, lines[first : first + PORTION])
            ]
            people_made = [person.id for person, _ in new]
            audit.record(
                db,
                viewer.person_id,
                "person.import",
                detail={"people": people_made},
                address=viewer.address,
            )
        made += new
    return made


def _require_known(line: CsvRow, person_id: int | None) -> None:
    """Raise InvalidInputError if the chosen person does not have the name of the row."""
    if person_id is not None and person_id not in {
        one.id for one in line.namesakes if one.email is None
    }:
        raise InvalidInputError(
            "Line %(number)s: choose again which person %(name)s is.",
            number=line.number,
            name=line.name,
        )


def _make(db: Transaction, line: CsvRow, person_id: int | None) -> tuple[Person, str]:
    if line.problem:
        raise InvalidInputError(
            "Line %(number)s: %(problem)s The lines before it were imported.",
            number=line.number,
            problem=line.problem,
        )
    _require_known(line, person_id)
    known = {person.id: person for person in line.namesakes}
    person = people.add_account(
        db,
        name=line.name,
        email=line.email,
        role=line.role,
        password_hash=None,
        person=known[person_id] if person_id is not None else None,
    )
    person.leaves_on = line.leaves_on
    profiles.describe(db, person, line.profile)
    return person, people.invite(db, person)


def _line(number: int, cells_by_column: Mapping[str, str]) -> CsvRow:
    cells = {name: " ".join(value.split()) for name, value in cells_by_column.items() if name}
    line = CsvRow(number=number, name=cells["name"][:200], email=cells.get("email", "")[:254])
    try:
        if not line.name:
            raise InvalidInputError("The name is missing.")  # noqa: TRY301 (one for each row)
        return replace(
            line,
            email=email_addresses.address_of(line.email),
            role=_role(cells.get("role", "")),
            profile=_profile(cells),
            leaves_on=_day(cells.get("leaves_on", "")),
        )
    except InvalidInputError as error:
        return replace(line, problem=str(error))


def _role(cell: str) -> Role:
    try:
        return Role(cell.lower() or Role.MENTEE)
    except ValueError as error:
        known = ", ".join(role.value for role in Role)
        raise InvalidInputError(
            "“%(value)s” is not a valid role. Use one of: %(roles)s.",
            value=cell[:30],
            roles=known,
        ) from error


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError as error:
        raise InvalidInputError(
            "“%(value)s” is not a date. Write it as year-month-day, such as 2026-05-31.",
            value=cell[:30],
        ) from error


def _profile(cells: Mapping[str, str]) -> Profile:
    codes = cells.get("languages", "").replace(",", " ").replace(";", " ").split()
    profile = Profile(
        about=cells.get("about", ""),
        helps_with=cells.get("helps_with", ""),
        learns=cells.get("learns", ""),
        availability=cells.get("availability", ""),
        languages=codes,
    )
    profiles.check(profile)
    return profile
