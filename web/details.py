"""What people say about a session, as a form: typed, kept when refused, read and refilled."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

from werkzeug.datastructures import MultiDict

from library.access import today
from library.errors import InvalidInputError
from library.holdings.naming import NamedPerson
from library.holdings.sessions import Description
from library.models import Form, MentoringSession, Part, Visibility
from web import parameters

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # the usual shapes of BCP 47
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_. ]?(\d{2})[-_. ]?(\d{2})(?!\d)")
MOST_PEOPLE = 100
SOMEBODY_ELSE = "new"
"""The value of `person_id` for a person whom the library does not know yet."""


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """A participant as the form has them."""

    name: str = ""
    part: str = Part.MENTOR.value
    person_id: str = ""  # digits, `SOMEBODY_ELSE`, or empty: not chosen
    in_form: bool = False  # whether a page carries `person_id`: a name that was retyped decides


@dataclass(kw_only=True)
class Details:
    """The fields of the form, as text, so that a refusal loses nothing that was typed."""

    title: str = ""
    description: str = ""
    held_on: str = ""
    language: str = ""
    form: str = Form.ONE_TO_ONE.value
    visibility: str = Visibility.PARTICIPANTS.value
    embargo_until: str = ""
    people: list[PersonRow] = field(default_factory=list)
    collections: list[int] = field(default_factory=list)

    @classmethod
    def of_form(cls, form: "MultiDict[str, str]") -> "Details":
        """What was typed."""
        return cls(
            title=parameters.text(form, "title", longest=300),
            description=parameters.text(form, "description", longest=20_000),
            held_on=parameters.text(form, "held_on", longest=40),
            language=parameters.text(form, "language", longest=40),
            form=parameters.text(form, "form", longest=40),
            visibility=parameters.text(form, "visibility", longest=40),
            embargo_until=parameters.text(form, "embargo_until", longest=40),
            people=_people_of(form),
            collections=[
                int(i) for i in form.getlist("collection") if i.isdecimal() and len(i) <= 18
            ][:1000],
        )

    @classmethod
    def of_session(cls, session: MentoringSession, collections: Sequence[int]) -> "Details":
        """What a session says now."""
        return cls(
            title=session.title,
            description=session.description,
            held_on=session.held_on.isoformat() if session.held_on else "",
            language=session.language,
            form=session.form.value,
            visibility=session.visibility.value,
            embargo_until=session.embargo_until.isoformat() if session.embargo_until else "",
            people=[
                PersonRow(
                    name=p.person.name,
                    part=p.part.value,
                    person_id=str(p.person_id),
                    in_form=True,
                )
                for p in session.participants
            ],
            collections=list(collections),
        )

    def described(self) -> Description:
        """The session's description, without its people.

        Raises:
            InvalidInputError: something in it cannot be used.
        """
        given = {"held_on": self.held_on, "form": self.form, "visibility": self.visibility}
        if self.language and not (LANGUAGE.fullmatch(self.language) and len(self.language) <= 12):
            raise InvalidInputError(
                f"“{self.language}” is not a language code. Use one such as en or pt-BR."
            )
        given["embargo_until"] = self.embargo_until
        held_on, embargo = (parameters.day(given, name) for name in ("held_on", "embargo_until"))
        for day in (held_on, embargo):
            if day is not None and not EARLIEST <= day <= LATEST:
                raise InvalidInputError("A date of the session is out of reach. Check its year.")
        return Description(
            title=self.title,
            description=self.description,
            held_on=held_on,
            language=self.language,
            form=parameters.choice(given, "form", Form) or Form.ONE_TO_ONE,
            visibility=parameters.choice(given, "visibility", Visibility)
            or Visibility.PARTICIPANTS,
            embargo_until=embargo,
        )

    def participants(self) -> list[NamedPerson]:
        """Return the people by name, each with a role and, where it was chosen, who it is.

        Raises:
            InvalidInputError: a role is not one of ours, or a choice is not a person's number.
        """
        return [
            NamedPerson(
                name=row.name,
                part=parameters.choice({"role": row.part}, "role", Part) or Part.MENTOR,
                person_id=_number_of(row),
                somebody_else=row.person_id == SOMEBODY_ELSE,
                name_decides=row.in_form,
            )
            for row in self.people
        ]


def _people_of(form: "MultiDict[str, str]") -> list[PersonRow]:
    """Return the rows of people that have a name.

    A program lists its choices as `person_id`, in the order of `person`. A page sends the choice
    of the row at place 2, counted from 0, as `person_id-2`.
    """
    names = [parameters.clean(name)[:200].strip() for name in form.getlist("person")][:MOST_PEOPLE]
    parts = [*form.getlist("part"), *[Part.MENTOR.value] * len(names)]
    ids = [*form.getlist("person_id"), *[""] * len(names)]
    return [
        PersonRow(
            name=name,
            part=part,
            person_id=form.get(f"person_id-{at}", person_id).strip(),
            in_form=f"person_id-{at}" in form,
        )
        for at, (name, part, person_id) in enumerate(zip(names, parts, ids, strict=False))
        if name
    ]


def _number_of(row: PersonRow) -> int | None:
    if row.person_id in {"", SOMEBODY_ELSE}:
        return None
    if not (row.person_id.isascii() and row.person_id.isdecimal() and len(row.person_id) <= 18):
        raise InvalidInputError(
            f"“{row.person_id[:40]}” is not the number of a person. Leave it out, or write "
            f"“{SOMEBODY_ELSE}” for somebody else."
        )
    return int(row.person_id)


def title_of(filename: str) -> str:
    """Guess a title from a file's name: without its ending, its date and its underscores."""
    stem = PurePosixPath(filename).stem
    if found := _dated(stem):
        stem = f"{stem[: found[0].start()]} {stem[found[0].end() :]}"
    words = " ".join(re.sub(r"[_\-.]+", " ", stem).split())
    return words[:1].upper() + words[1:300] or "Untitled session"


def title_in(note: str) -> str:
    """A title guessed from a note: its first line of words."""
    lines = (line.strip(" #*_>-\t") for line in note.splitlines())
    first = next((line for line in lines if line), "")
    return first if len(first) <= 80 else first[:80].rsplit(" ", 1)[0] + "…"


def date_in(filename: str) -> str:
    """Guess a date from a file's name, as year-month-day; empty if it holds none."""
    found = _dated(filename)
    return found[1].isoformat() if found else ""


def _dated(name: str) -> tuple[re.Match[str], date] | None:
    """Return the first digits in a name that can be the day of a session, and that day.

    Other numbers (of a device, a customer, a day to come) are no dates.
    """
    for match in DATE_IN_NAME.finditer(name):
        try:
            day = date(*(int(part) for part in match.groups()))
        except ValueError:
            continue
        if EARLIEST <= day <= today():
            return match, day
    return None
