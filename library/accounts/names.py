"""Names of people: comparison of spellings. A name alone does not identify a person."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select

from library.accounts.people import merged_people
from library.errors import InvalidInputError
from library.models import Person, Role
from library.store import Transaction

LONGEST = 200  # characters
_SAME = str.maketrans(
    dict.fromkeys("\u2019\u2018\u02bc\u00b4\u0060", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)
"""Variants of the apostrophe and the hyphen, mapped to ASCII."""


def folded(name: str) -> str:
    """Return a name in its comparison form: case-folded, with single spaces, in NFKC.

    Spellings have the same form if they differ only in compatibility forms, decomposed letters,
    variants of apostrophes and hyphens, or invisible characters. Accents are significant.
    """
    text = unicodedata.normalize("NFKC", name.translate(_SAME)).translate(_SAME)
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(visible.split()).casefold())


def add_person(db: Transaction, name: str, *, sample: bool = False) -> Person:
    """Make a new person without account.

    Raises:
        InvalidInputError: The name is empty.
    """
    clean = re.sub(r"\s+", " ", name).strip()[:LONGEST]
    if not folded(clean):
        raise InvalidInputError("Enter a name.")
    person = Person(name=clean, role=Role.MENTOR, sample=sample)
    db.add(person)
    db.flush()
    return person


def without_account(db: Transaction, name: str) -> Sequence[Person]:
    """Return people without account who have this name, oldest first. Omit sample people."""
    rows = db.execute(
        select(Person.id, Person.name).where(
            Person.email.is_(None), Person.sample.is_(False), Person.id.not_in(merged_people())
        )
    )
    ids = [row.id for row in rows if folded(row.name) == folded(name)]
    return db.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)).all()
