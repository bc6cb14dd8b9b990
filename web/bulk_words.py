"""Changes of many sessions, in words."""

from typing import Any

from library.accounts import people
from library.curating.bulk import Wish
from library.curating.bulk_fields import Cell
from library.models import BulkEdit, Collection, Form, Topic, Visibility
from library.store import Transaction
from web.look import FORM_NAMES, LANGUAGES, VISIBILITY_NAMES

NAMES = {
    "language": "Language",
    "form": "Form",
    "visibility": "Who may find it",
    "owner": "Owner",
    "review_by": "Look at it again by",
    "reviewer": "Who reviews it",
    "collection": "In a collection",
    "topic": "About a topic",
}


def said(db: Transaction, edit: BulkEdit) -> str:
    """What an edit changed, in words."""
    return "; ".join(wish(db, Wish(Cell(f, n), v)) for f, n, v in edit.wishes)


def wish(db: Transaction, wanted: Wish) -> str:
    """What is to change, in words."""
    cell = wanted.cell
    if cell.field in {"collection", "topic"}:
        what = {
            ("collection", True): "Put into",
            ("collection", False): "Take out of",
            ("topic", True): "Set the topic",
            ("topic", False): "Take away the topic",
        }[cell.field, bool(wanted.value)]
        return f"{what} “{_called(db, cell.field, cell.number)}”"
    return f"{NAMES[cell.field]}: {value(db, cell.field, cell.number, wanted.value)}"


def value(db: Transaction, field: str, number: int, kept: Any) -> str:
    """A value as people say it."""
    if field in {"collection", "topic"}:
        state = "not" if kept is None else "suggested" if kept == "suggested" else "yes"
        return f"{_called(db, field, number)}: {state}"
    if kept in {None, ""}:
        return "nobody" if field in {"owner", "reviewer"} else "nothing"
    if field in {"owner", "reviewer"}:
        return people.names(db, [kept]).get(kept, "somebody who left")
    if field == "form":
        return FORM_NAMES[Form(kept)]
    if field == "visibility":
        return VISIBILITY_NAMES[Visibility(kept)]
    return LANGUAGES.get(kept, str(kept))


def _called(db: Transaction, field: str, number: int) -> str:
    if field == "collection":
        shelf = db.get(Collection, number)
        return shelf.title if shelf else "a collection that is gone"
    topic = db.get(Topic, number)
    return topic.label if topic else "a topic that is gone"
