"""Names of people: how two spellings are compared, and who has a name. A name is no identity."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select

from library.accounts.people import gone_people
from library.errors import InvalidInputError
from library.models import Person, Role
from library.store import Transaction

LONGEST = 200  # characters
_SAME = str.maketrans(
    dict.fromkeys("\u2019\u2018\u02bc\u00b4\u0060", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)
"""Characters that keyboards and programs put for an apostrophe or a hyphen."""


def folded(name: str) -> str:
    """Return a name as it is compared: without case, extra blanks and spelling in Unicode.

    Compatibility forms, composed and decomposed letters, kinds of apostrophes and hyphens, and
    invisible characters make no difference (Unicode NFKC, then case folding). Accents do.
    """
    text = unicodedata.normalize("NFKC", name.translate(_SAME)).translate(_SAME)
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(seen.split()).casefold())


def add_person(db: Transaction, name: str, *, sample: bool = False) -> Person:
    """Make a new person without account.

    Raises:
        InvalidInputError: the name is empty.
    """
    clean = re.sub(r"\s+", " ", name).strip()[:LONGEST]
    if not folded(clean):
        raise InvalidInputError("A person needs a name.")
    person = Person(name=clean, role=Role.MENTOR, sample=sample)
    db.add(person)
    db.flush()
    return person


def without_account(db: Transaction, name: str) -> Sequence[Person]:
    """Return the people of this name who cannot sign in, oldest first; none of the samples."""
    rows = db.execute(
        select(Person.id, Person.name).where(
            Person.email.is_(None), Person.sample.is_(False), Person.id.not_in(gone_people())
        )
    )
    ids = [row.id for row in rows if folded(row.name) == folded(name)]
    return db.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)).all()
