"""API fields of a session's description, built from `library.sessions.description.FIELDS`."""

from typing import Any

from marshmallow import fields, validate

from library.sessions.description import FIELDS, FILTERS, FieldKind, SessionField
from web.openapi.person_name_schemas import CleanText

Fields = dict[str, fields.Field[Any]]


def read_fields() -> Fields:
    """Return the fields of a session in a response."""
    return {one.name: _plain(one) or fields.String() for one in FIELDS}


def changed_fields() -> Fields:
    """Return the fields that a request can change."""
    return {one.name: _plain(one) or _text(one) for one in FIELDS}


def form_fields() -> Fields:
    """Return the fields of the form that adds a session. Dates are text fields."""
    return {
        one.name: fields.Enum(one.enumeration, by_value=True)
        if one.choices
        else fields.String(metadata=_about(one))
        for one in FIELDS
    }


def filter_fields() -> Fields:
    """Return the parameters of a search that filter by a field."""
    return {one.name: fields.List(_plain(one) or _text(one), load_default=list) for one in FILTERS}


def _plain(one: SessionField) -> fields.Field[Any] | None:
    """Return the API field for a choice or a date; None for a text field."""
    if one.choices:
        return fields.Enum(one.enumeration, by_value=True)
    if one.kind is FieldKind.DATE:
        return fields.Date(allow_none=True, metadata=_about(one))
    return None


def _text(one: SessionField) -> CleanText:
    least = 1 if one.missing else None
    return CleanText(validate=validate.Length(least, one.longest))


def _about(one: SessionField) -> dict[str, str]:
    """Return the description of a field for the OpenAPI document."""
    ending = " Year-month-day." if one.kind is FieldKind.DATE else ""
    return {"description": f"{one.hint}{ending}"} if one.hint else {}
