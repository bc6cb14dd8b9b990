"""People from a table (CSV, RFC 4180): checked line by line, then taken in all or none."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from library import audit
from library.access import Viewer, require_admin
from library.accounts import addresses, people, person_names, profiles
from library.accounts.profiles import Profile
from library.errors import InvalidInputError
from library.models import Person, Role
from library.store import Library, Transaction

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
MOST = 500  # lines
PORTION = 100  # accounts that are made in one transaction
LARGEST = 1024 * 1024  # bytes


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person of the table; `problem` says what has to be mended first."""

    number: int  # in the file, from 1, counting the heads
    name: str = ""
    email: str = ""
    role: Role = Role.MENTEE
    profile: Profile = field(default_factory=Profile)
    leaves_on: date | None = None
    problem: str = ""
    namesakes: Sequence[Person] = ()  # people without account of this name


def decoded(content: bytes) -> str:
    """The text of a table as spreadsheets write it.

    Raises:
        InvalidInputError: it is too large or not text.
    """
    if len(content) > LARGEST:
        raise InvalidInputError("The table is larger than 1 MiB. Take it in by parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise InvalidInputError("This is not a table. Save it as CSV, and choose that file.")
    return text


def read(text: str) -> list[Line]:
    """The lines of a table whose first line names its columns; commas, semicolons or tabs.

    Raises:
        InvalidInputError: it has no such first line, or no or too many people.
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
            "The first line has to name the columns, and “name” and “email” among them. "
            f"Known are: {', '.join(COLUMNS)}."
        )
    filled = [(n, row) for n, row in enumerate(rows[1:], start=2) if any(c.strip() for c in row)]
    if not 0 < len(filled) <= MOST:
        raise InvalidInputError(f"The table must have between 1 and {MOST} people.")
    return [_line(number, dict(zip(names, row, strict=False))) for number, row in filled]


def checked(db: Transaction, lines: Iterable[Line]) -> list[Line]:
    """The lines, with what the library and the lines before say against each."""
    seen: dict[str, int] = {}
    done = []
    for line in lines:
        problem = line.problem
        if not problem and line.email in seen:
            problem = f"The same address as in line {seen[line.email]}."
        if not problem and people.by_email(db, line.email) is not None:
            problem = "This address has an account already."
        seen.setdefault(line.email, line.number)
        namesakes = person_names.without_account(db, line.name)
        done.append(replace(line, problem=problem, namesakes=namesakes))
    return done


def take_in(
    library: Library,
    viewer: Viewer,
    lines: Sequence[Line],
    *,
    heard: Mapping[int, int] | None = None,
) -> list[tuple[Person, str]]:
    """Make all accounts; each with the token of its invitation.

    Some at a time are one transaction, so that others can write meanwhile: 500 accounts in one
    took 2 s of processor.

    Args:
        library: where to.
        viewer: an administrator.
        lines: of the table.
        heard: number of a line -> id of the person without account who gets that account; all
            others are new people, whatever their names.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: a line has a problem, or a person has another name; none is made. Or
            somebody else made one of the accounts meanwhile: those before it are made.
    """
    require_admin(viewer)
    with library.reading() as db:
        lines = checked(db, lines)
    if any(line.problem for line in lines):
        raise InvalidInputError("Some lines have to be mended first. Nobody was taken in.")
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


def _require_known(line: Line, heard: int | None) -> None:
    """Raise InvalidInputError where the chosen person does not have the name of the line."""
    if heard is not None and heard not in {one.id for one in line.namesakes if one.email is None}:
        raise InvalidInputError(f"Line {line.number}: choose again who {line.name} is.")


def _make(db: Transaction, line: Line, heard: int | None) -> tuple[Person, str]:
    if line.problem:
        raise InvalidInputError(f"Line {line.number}: {line.problem} The lines before are done.")
    _require_known(line, heard)
    known = {person.id: person for person in line.namesakes}
    person = people.add_account(
        db,
        name=line.name,
        email=line.email,
        role=line.role,
        password_hash=None,
        person=known[heard] if heard is not None else None,
    )
    person.leaves_on = line.leaves_on
    profiles.describe(db, person, line.profile)
    return person, people.invite(db, person)


def _line(number: int, given: Mapping[str, str]) -> Line:
    cells = {name: " ".join(value.split()) for name, value in given.items() if name}
    line = Line(number=number, name=cells["name"][:200], email=cells.get("email", "")[:254])
    try:
        if not line.name:
            raise InvalidInputError("There is no name.")  # noqa: TRY301 (one sentence a line)
        return replace(
            line,
            email=addresses.address_of(line.email),
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
        raise InvalidInputError(f"“{cell[:30]}” is no role. Roles are: {known}.") from error


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError as error:
        raise InvalidInputError(
            f"“{cell[:30]}” is not a date. Write it as year-month-day, such as 2026-05-31."
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
