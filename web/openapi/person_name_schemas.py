"""Schemas for names of people: participants and ambiguous names."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from library.models import ParticipantRole
from library.sessions.name_choices import SOMEBODY_ELSE
from library.sessions.person_lookup import NamedPerson
from library.translation import gettext
from web.http.params import LARGEST_ID, clean
from web.openapi.request_schema import RequestSchema

WHO = (
    "Id of the person, or “new” for a new person. If it is left out, the name decides. "
    "If several people have the name, the response is 409 with the choices."
)


class CleanText(fields.String):
    """Text without control characters."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        return clean(super()._deserialize(value, *args, **more)).strip()


class PersonChoice(fields.Field[int | str]):
    """Field whose value is the id of a person, or “new” for a new person."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int | str:
        if value == SOMEBODY_ELSE:
            return SOMEBODY_ELSE
        if type(value) is int and 0 < value <= LARGEST_ID:
            return value
        raise ValidationError(
            gettext("Send the id of a person, or “%(value)s”.", value=SOMEBODY_ELSE)
        )


def person_choice(description: str) -> PersonChoice:
    """Return a `PersonChoice` field with its description for the OpenAPI document."""
    either = [{"type": "integer", "minimum": 1}, {"type": "string", "enum": [SOMEBODY_ELSE]}]
    return PersonChoice(metadata={"description": description, "oneOf": either})


class ParticipantSchema(Schema):
    """A participant of a session, with name, role and id."""

    name = fields.String()
    part = fields.Enum(ParticipantRole, by_value=True)
    person_id = fields.Integer()


class NamedParticipantSchema(RequestSchema):
    """A participant to save, identified by name."""

    name = CleanText(required=True, validate=validate.Length(1, 200))
    part = fields.Enum(ParticipantRole, by_value=True, load_default=ParticipantRole.MENTOR)
    person_id = person_choice(WHO)


class NameChoiceSchema(Schema):
    """A person who matches an ambiguous name."""

    person_id = fields.Integer()
    name = fields.String()
    facts = fields.List(
        fields.String(),
        metadata={"description": "Facts that distinguish this person from the others."},
    )


class NameQuestionSchema(Schema):
    """An ambiguous name with the matching people."""

    name = fields.String()
    choices = fields.List(fields.Nested(NameChoiceSchema))


def named(person: Mapping[str, Any]) -> NamedPerson:
    """Return a participant of an API request as `NamedPerson`."""
    return replace(given_name(person["name"], person.get("person_id")), part=person["part"])


def given_name(name: str, chosen: int | str | None) -> NamedPerson:
    """Return a name with the person that was chosen for it.

    *chosen* is the id of a person, “new” for a new person, or None for no choice.
    """
    return NamedPerson(
        name=name,
        person_id=chosen if isinstance(chosen, int) else None,
        somebody_else=chosen == SOMEBODY_ELSE,
    )
