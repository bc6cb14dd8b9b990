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
    """Yield all direct and indirect subclasses of a schema."""
    for one in schema.__subclasses__():
        yield one
        yield from below(one)


def test_every_request_schema_refuses_unknown_fields(bare_app: Flask) -> None:
    """Every request schema refuses unknown fields, also with a `Meta` of its own."""
    found = list(below(RequestSchema))

    assert len(found) > 20
    assert [one.__name__ for one in found if one().unknown != RAISE] == []


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": MOST_AT_ONCE + 1}, {"before": 2**63}])
def test_a_page_has_bounds(given):
    """A page has 30 items by default. Limits and cursors out of range are refused."""
    assert PageSchema().load({})["limit"] == 30
    with pytest.raises(ValidationError):
        PageSchema().load(given)


def test_participants_are_named_with_or_without_a_choice():
    """A participant's `person_id` is a number, "new" or absent. Another text is refused."""
    assert given_name("Ada", 7).person_id == 7
    assert given_name("Ada", "new").somebody_else
    neither = given_name("Ada", None)
    assert (neither.person_id, neither.somebody_else) == (None, False)
    loaded = NamedParticipantSchema().load({"name": "Ada"})
    assert named(loaded).part is ParticipantRole.MENTOR
    with pytest.raises(ValidationError):
        NamedParticipantSchema().load({"name": "Ada", "person_id": "another"})


def test_changes_convert_participants():
    """A change contains only the fields of the request, with participants converted."""
    given = {"participants": [{"name": "Ada", "part": "mentee", "person_id": 7}]}

    changes = ChangesSchema().load(given)

    assert set(changes) == {"participants"}
    (ada,) = changes["participants"]
    assert (ada.name, ada.person_id, ada.part) == ("Ada", 7, ParticipantRole.MENTEE)
