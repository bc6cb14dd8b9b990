"""Description of a session: its fields, their rules, and the places where they appear.

The form, the session page, the API, exports and search filters read `FIELDS`. A new field also
needs a column in `library.models` and an attribute of `Description`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from library.errors import InvalidInputError
from library.models import Form, MentoringSession, ParticipantRole, Visibility
from library.sessions.language_tags import LONGEST_LANGUAGE, require_language
from library.translation import mark

YEARS = range(1900, 2201)  # valid years of the dates of a session

FORM_NAMES: Mapping[StrEnum, str] = {
    Form.ONE_TO_ONE: mark("One-to-one"),
    Form.GROUP: mark("Group"),
    Form.PEER: mark("Peer"),
    Form.REVERSE: mark("Reverse mentoring"),
    Form.CO_MENTORING: mark("Co-mentoring"),
    Form.AD_HOC: mark("Ad hoc"),
    Form.MICRO: mark("Micro-mentoring"),
    Form.NOTE: mark("A note"),
}
VISIBILITY_NAMES: Mapping[StrEnum, str] = {
    Visibility.PRIVATE: mark("Private: only the owner"),
    Visibility.PARTICIPANTS: mark("Private: participants"),
    Visibility.COLLECTION: mark("For members of the session's collections"),
    Visibility.MEMBERS: mark("For all members"),
    Visibility.PUBLIC: mark("Public"),
}


class FieldKind(StrEnum):
    """Kind of a field's values. It decides the rule, the form control and the API type."""

    LINE = "line"
    PARAGRAPHS = "paragraphs"
    DATE = "date"
    LANGUAGE = "language"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class SessionField:
    """Field of a session's description: its rule, and the places where it appears.

    Attributes:
        name: Name of the column, of the form control, of the API field and of the filter in URLs.
        label: Label on pages.
        longest: Maximum number of characters of a text.
        missing: Error if the field is empty; "": the field may be empty.
        hint: Explanation in the form and in the API.
        choices: Labels of the members of an enumeration, for a choice.
        detail: Whether the session page lists the field under “Details”.
        facet: Name of the field's counts in search results; "": the field is not a filter.
        in_transcripts: Whether an exported transcript contains the field.
        dublin_core: Dublin Core element for the value; "": none.
    """

    name: str
    label: str
    kind: FieldKind
    longest: int = 0
    missing: str = ""
    hint: str = ""
    choices: Mapping[StrEnum, str] = field(default_factory=dict)
    detail: bool = False
    facet: str = ""
    in_transcripts: bool = False
    dublin_core: str = ""

    @property
    def enumeration(self) -> type[StrEnum]:
        """Enumeration of the choices."""
        return type(next(iter(self.choices)))

    def value_of(self, text: str) -> str:
        """Convert a text from a URL to a value of the field: a member of the choice, or the text.

        Raises:
            ValueError: The choice has no such member.
        """
        return self.enumeration(text) if self.choices else text


FIELDS = (
    SessionField(
        name="title",
        label=mark("Title"),
        kind=FieldKind.LINE,
        longest=300,
        missing=mark("Enter a title for the session."),
        hint=mark("If empty, the title comes from the file name."),
        in_transcripts=True,
        dublin_core="title",
    ),
    SessionField(
        name="description",
        label=mark("Description"),
        kind=FieldKind.PARAGRAPHS,
        longest=20_000,
        hint=mark("What the session is about, for people who are deciding whether to listen."),
        in_transcripts=True,
        dublin_core="description",
    ),
    SessionField(
        name="held_on",
        label=mark("Date"),
        kind=FieldKind.DATE,
        hint=mark("The day of the session."),
        in_transcripts=True,
        dublin_core="date",
    ),
    SessionField(
        name="form",
        label=mark("Type of session"),
        kind=FieldKind.CHOICE,
        choices=FORM_NAMES,
        facet="forms",
    ),
    SessionField(
        name="language",
        label=mark("Language"),
        kind=FieldKind.LANGUAGE,
        longest=LONGEST_LANGUAGE,
        detail=True,
        in_transcripts=True,
        dublin_core="language",
    ),
    SessionField(
        name="visibility",
        label=mark("Visibility"),
        kind=FieldKind.CHOICE,
        choices=VISIBILITY_NAMES,
    ),
    SessionField(
        name="embargo_until",
        label=mark("Embargo until"),
        kind=FieldKind.DATE,
        hint=mark(
            "The first day on which others can find the session. If empty, they can find it once "
            "it is released."
        ),
    ),
)
FIELD = {one.name: one for one in FIELDS}
IN_TRANSCRIPTS = tuple(one for one in FIELDS if one.in_transcripts)
FILTERS = tuple(one for one in FIELDS if one.facet)


@dataclass(frozen=True, kw_only=True)
class Description:
    """Values of all fields of a session, and its participants, before the rules are applied."""

    title: str
    description: str = ""
    held_on: date | None = None
    language: str = ""
    form: Form = Form.ONE_TO_ONE
    visibility: Visibility = Visibility.PARTICIPANTS
    embargo_until: date | None = None  # first day on which others find the session
    participants: Sequence[tuple[int, ParticipantRole]] = field(
        default_factory=tuple
    )  # person id, role


def values_of(described: Description | MentoringSession) -> dict[str, Any]:
    """Return the value of each field, by name."""
    return {one.name: getattr(described, one.name) for one in FIELDS}


def of_session(session: MentoringSession) -> Description:
    """Return the present description of a session."""
    people = [(p.person_id, p.part) for p in session.participants]
    return Description(**values_of(session), participants=people)


def with_people(
    described: Description, people: Sequence[tuple[int, ParticipantRole]]
) -> Description:
    """Return a copy of the description with other participants (person id, part)."""
    return replace(described, participants=people)


def as_text(value: Any) -> str:
    """Return a value as text: a date in ISO 8601, a choice as its value, "" for None."""
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def accepted(about: SessionField, value: Any) -> Any:
    """Check a value of a field and return it without outer spaces, cut to its maximum length.

    Raises:
        InvalidInputError: A required text is empty, or a date or a language is not valid.
    """
    if about.kind is FieldKind.LINE:
        value = " ".join(value.split())[: about.longest]
    elif about.kind is FieldKind.PARAGRAPHS:
        value = value.strip()[: about.longest]
    elif about.kind is FieldKind.LANGUAGE:
        require_language(value)
    elif about.kind is FieldKind.DATE and value is not None and value.year not in YEARS:
        raise InvalidInputError("The dates of a session are from 1900 to 2200. Check the year.")
    if about.missing and not value:
        raise InvalidInputError(about.missing)
    return value
