"""Form of a session's description: parsing, validation, and filling with present values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

from werkzeug.datastructures import MultiDict

from library.access import today
from library.errors import InvalidInputError
from library.models import MentoringSession, ParticipantRole
from library.sessions.description import (
    FIELDS,
    YEARS,
    Description,
    FieldKind,
    SessionField,
    as_text,
    values_of,
)
from library.sessions.name_choices import SOMEBODY_ELSE
from library.sessions.person_lookup import NamedPerson
from library.translation import gettext
from web.http import params
from web.rendering.template_filters import LANGUAGES

DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_. ]?(\d{2})[-_. ]?(\d{2})(?!\d)")
MOST_PEOPLE = 100


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """Participant as a row of the form.

    Attributes:
        name: Name as typed.
        part: Value of `ParticipantRole`.
        person_id: Id in digits, `SOMEBODY_ELSE` for a new person, or empty if none was chosen.
        in_form: Whether the page filled in `person_id` itself. If True and the name was changed,
            the name is used and this id is ignored.
    """

    name: str = ""
    part: str = ParticipantRole.MENTOR.value
    person_id: str = ""
    in_form: bool = False


@dataclass(kw_only=True)
class SessionForm:
    """Fields of the form as text, so that a form with errors can be shown again."""

    texts: dict[str, str] = field(default_factory=lambda: _texts_of(Description(title="")))
    people: list[PersonRow] = field(default_factory=list)
    collections: list[int] = field(default_factory=list)

    @classmethod
    def of_form(cls, form: "MultiDict[str, str]") -> "SessionForm":
        """Return the fields of a submitted form."""
        return cls(
            texts={
                one.name: params.text(form, one.name, longest=max(one.longest, params.SHORT))
                for one in FIELDS
            },
            people=_people_of(form),
            collections=[
                int(i) for i in form.getlist("collection") if i.isdecimal() and len(i) <= 18
            ][:1000],
        )

    @classmethod
    def of_session(cls, session: MentoringSession, collections: Sequence[int]) -> "SessionForm":
        """Return the form filled with the present values of a session."""
        return cls(
            texts=_texts_of(session),
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
        """Return the session's description, without its people.

        Raises:
            InvalidInputError: A date or a choice is not valid.
        """
        given = {one.name: params.session_field(self.texts, one) for one in FIELDS}
        return Description(**{name: value for name, value in given.items() if value is not None})

    def options(self, about: SessionField) -> list[tuple[str, str]]:
        """Return the values of a select field with their labels; empty for a text field."""
        if about.kind is not FieldKind.LANGUAGE:
            return [(member.value, gettext(label)) for member, label in about.choices.items()]
        code = self.texts[about.name]
        named = [(known, gettext(name)) for known, name in LANGUAGES.items()]
        others = [(code, code)] if code and code not in LANGUAGES else []
        return [("", gettext("Detect automatically")), *named, *others]

    def participants(self) -> list[NamedPerson]:
        """Return the participants: name, role, and the chosen person if a person was chosen.

        Raises:
            InvalidInputError: A role is not valid, or a choice is not the id of a person.
        """
        return [
            NamedPerson(
                name=row.name,
                part=params.choice({"role": row.part}, "role", ParticipantRole)
                or ParticipantRole.MENTOR,
                person_id=_number_of(row),
                somebody_else=row.person_id == SOMEBODY_ELSE,
                name_decides=row.in_form,
            )
            for row in self.people
        ]


def _texts_of(described: Description | MentoringSession) -> dict[str, str]:
    return {name: as_text(value) for name, value in values_of(described).items()}


def _people_of(form: "MultiDict[str, str]") -> list[PersonRow]:
    """Return the rows of the form in which a name was entered.

    An API client lists the ids of people as `person_id`, in the order of `person`. A page sends the
    choice of the row at index 2, counted from 0, as `person_id-2`.
    """
    names = [params.clean(name)[:200].strip() for name in form.getlist("person")][:MOST_PEOPLE]
    parts = [*form.getlist("part"), *[ParticipantRole.MENTOR.value] * len(names)]
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
            "“%(id)s” is not the id of a person. Leave it out, or write “%(new)s” for a new "
            "person.",
            id=row.person_id[:40],
            new=SOMEBODY_ELSE,
        )
    return int(row.person_id)


def title_of(filename: str) -> str:
    """Return a title guessed from a filename, without extension, date and underscores."""
    stem = PurePosixPath(filename).stem
    if found := _dated(stem):
        stem = f"{stem[: found[0].start()]} {stem[found[0].end() :]}"
    words = " ".join(re.sub(r"[_\-.]+", " ", stem).split())
    return words[:1].upper() + words[1:300] or gettext("Untitled session")


def title_in(note: str) -> str:
    """Return a title guessed from a note: its first line of text."""
    lines = (line.strip(" #*_>-\t") for line in note.splitlines())
    first = next((line for line in lines if line), "")
    return first if len(first) <= 80 else first[:80].rsplit(" ", 1)[0] + "…"


def date_in(filename: str) -> str:
    """Return a date guessed from a filename, as YYYY-MM-DD; empty if the name has no date."""
    found = _dated(filename)
    return found[1].isoformat() if found else ""


def _dated(name: str) -> tuple[re.Match[str], date] | None:
    """Return the first date in a filename that can be the date of a session, with its match.

    Device or customer numbers and dates in the future are ignored.
    """
    for match in DATE_IN_NAME.finditer(name):
        try:
            day = date(*(int(part) for part in match.groups()))
        except ValueError:
            continue
        if day.year in YEARS and day <= today():
            return match, day
    return None
