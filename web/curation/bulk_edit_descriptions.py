"""Texts that describe bulk edits and their field changes."""

from typing import Any

from library.accounts import people
from library.curation.bulk_edit import FieldChange
from library.curation.bulk_fields import FieldRef
from library.models import BulkEdit, Collection, Topic
from library.sessions.description import FIELD
from library.store import Transaction
from library.translation import gettext, mark
from web.rendering.template_filters import LANGUAGES, as_shown

NAMES = {
    **{name: FIELD[name].label for name in ("language", "form", "visibility")},
    "owner": mark("Owner"),
    "review_by": mark("Review by"),
    "reviewer": mark("Reviewer"),
    "collection": mark("Collection"),
    "topic": mark("Topic"),
}

MEMBERSHIPS = {
    ("collection", True): mark("Add to the collection “%(name)s”"),
    ("collection", False): mark("Remove from the collection “%(name)s”"),
    ("topic", True): mark("Add the topic “%(name)s”"),
    ("topic", False): mark("Remove the topic “%(name)s”"),
}


def summary(db: Transaction, edit: BulkEdit) -> str:
    """Return a text that lists the field changes of a bulk edit."""
    return "; ".join(change(db, FieldChange(FieldRef(f, n), v)) for f, n, v in edit.wishes)


def change(db: Transaction, wanted: FieldChange) -> str:
    """Return a text that describes one field change, such as a field name with its new value."""
    cell = wanted.cell
    if cell.field in {"collection", "topic"}:
        what = MEMBERSHIPS[cell.field, bool(wanted.value)]
        return gettext(what, name=_called(db, cell.field, cell.number))
    return gettext(
        "%(field)s: %(value)s",
        field=gettext(NAMES[cell.field]),
        value=value(db, cell.field, cell.number, wanted.value),
    )


def value(db: Transaction, field: str, number: int, stored: Any) -> str:
    """Return a stored value as text for readers. *number* is the id of a collection or topic."""
    if field in {"collection", "topic"}:
        return _membership(_called(db, field, number), stored)
    if stored in {None, ""}:
        return gettext("none")
    if field in {"owner", "reviewer"}:
        return people.names(db, [stored]).get(stored, gettext("a deleted account"))
    if field in {"form", "visibility"}:
        return as_shown(FIELD[field], stored)
    return gettext(LANGUAGES[stored]) if stored in LANGUAGES else str(stored)


def _membership(name: str, stored: Any) -> str:
    if stored is None:
        return gettext("%(name)s: no", name=name)
    if stored == "suggested":
        return gettext("%(name)s: suggested", name=name)
    return gettext("%(name)s: yes", name=name)


def _called(db: Transaction, field: str, number: int) -> str:
    if field == "collection":
        collection = db.get(Collection, number)
        return collection.title if collection else gettext("a deleted collection")
    topic = db.get(Topic, number)
    return topic.label if topic else gettext("a deleted topic")
