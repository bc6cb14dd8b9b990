"""Names of people in the API: participants, and the question who is meant."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from library.holdings.naming import NamedPerson
from library.models import Part
from web.details import SOMEBODY_ELSE
from web.parameters import LARGEST_ID, clean

WHO = (
    "The number of the person, or “new” for somebody whom the library does not know yet. Left out, "
    "the name decides; where several people may be meant by it, the answer is 409 with the choices."
)


class CleanText(fields.String):
    """Text without control characters."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        return clean(super()._deserialize(value, *args, **more)).strip()


class PersonChoice(fields.Field[int | str]):
    """The number of a person, or “new”."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int | str:
        if value == SOMEBODY_ELSE:
            return SOMEBODY_ELSE
        if type(value) is int and 0 < value <= LARGEST_ID:
            return value
        raise ValidationError(f"Give the number of a person, or “{SOMEBODY_ELSE}”.")


def person_choice(description: str) -> PersonChoice:
    """Return the field, described for the API's document."""
    either = [{"type": "integer", "minimum": 1}, {"type": "string", "enum": [SOMEBODY_ELSE]}]
    return PersonChoice(metadata={"description": description, "oneOf": either})


class ParticipantSchema(Schema):
    """Somebody who took part."""

    name = fields.String()
    part = fields.Enum(Part, by_value=True)
    person_id = fields.Integer()


class NamedParticipantSchema(Schema):
    """Somebody who took part, by name."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    name = CleanText(required=True, validate=validate.Length(1, 200))
    part = fields.Enum(Part, by_value=True, load_default=Part.MENTOR)
    person_id = person_choice(WHO)


class NameChoiceSchema(Schema):
    """One of the people who may be meant by a name."""

    person_id = fields.Integer()
    name = fields.String()
    facts = fields.List(
        fields.String(), metadata={"description": "What tells them from the others."}
    )


class NameQuestionSchema(Schema):
    """A name that several people may be meant by."""

    name = fields.String()
    choices = fields.List(fields.Nested(NameChoiceSchema))


def named(person: Mapping[str, Any]) -> NamedPerson:
    """Return a participant as a program named them."""
    return replace(given_name(person["name"], person.get("person_id")), part=person["part"])


def given_name(name: str, chosen: int | str | None) -> NamedPerson:
    """Return a name with the choice of a person, “new”, or none."""
    return NamedPerson(
        name=name,
        person_id=chosen if isinstance(chosen, int) else None,
        somebody_else=chosen == SOMEBODY_ELSE,
    )
