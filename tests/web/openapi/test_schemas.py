"""Tests of the schemas that all resources use.

Covers: person_name_schemas, request_schema.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from marshmallow import RAISE, ValidationError, fields

from library.models import ParticipantRole
from web.openapi.person_name_schemas import CleanText, NamedParticipantSchema, given_name, named
from web.openapi.schemas import MOST_AT_ONCE, ChangesSchema, PageSchema, RequestSchema


class Wanted(RequestSchema):
    """Request with a text and a number."""

    text = CleanText()
    number = fields.Integer()


def test_a_misspelled_field_is_refused():
    """An unknown field of a request is refused. Control characters of a text are removed."""
    assert Wanted().load({"text": "a\x00b"})["text"] == "ab"
    with pytest.raises(ValidationError):
        Wanted().load({"txet": "a"})


def below(schema: type[RequestSchema]) -> Iterator[type[RequestSchema]]:
    """Yield the direct and indirect subclasses of a request schema."""
    for one in schema.__subclasses__():
        yield one
        yield from below(one)


def test_every_request_schema_refuses_unknown_fields(bare_app: Flask) -> None:
    """Every request schema refuses unknown fields, even if it has its own `Meta`."""
    schemas = list(below(RequestSchema))

    assert len(schemas) > 20
    assert [one.__name__ for one in schemas if one().unknown != RAISE] == []


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": MOST_AT_ONCE + 1}, {"before": 2**63}])
def test_a_page_has_bounds(given):
    """A page has 30 items by default. Limits and cursors out of range are refused."""
    assert PageSchema().load({})["limit"] == 30
    with pytest.raises(ValidationError):
        PageSchema().load(given)


def test_participants_are_named_with_or_without_a_choice():
    """A participant's `person_id` is a number, "new" or absent. Any other text is refused."""
    assert given_name("Ada", 7).person_id == 7
    assert given_name("Ada", "new").somebody_else
    neither = given_name("Ada", None)
    assert (neither.person_id, neither.somebody_else) == (None, False)
    loaded = NamedParticipantSchema().load({"name": "Ada"})
    assert named(loaded).part is ParticipantRole.MENTOR
    with pytest.raises(ValidationError):
        NamedParticipantSchema().load({"name": "Ada", "person_id": "another"})


def test_changes_convert_participants():
    """A parsed change contains only the sent fields.

    Its participants become objects with name, person id and part.
    """
    change = {"participants": [{"name": "Ada", "part": "mentee", "person_id": 7}]}

    changes = ChangesSchema().load(change)

    assert set(changes) == {"participants"}
    (ada,) = changes["participants"]
    assert (ada.name, ada.person_id, ada.part) == ("Ada", 7, ParticipantRole.MENTEE)
