"""Detection of duplicate people by mailbox, by name and by phonetic code (Soundex)."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jellyfish
from sqlalchemy import select

from library.access import Viewer, require_admin
from library.accounts.people import merged_people
from library.models import DistinctPeople, Person
from library.store import Transaction
from library.translation import mark

MOST = 200  # pairs on a page


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Possible duplicate: two people and the reason."""

    one: Person
    other: Person
    why: str


def pairs(db: Transaction, viewer: Viewer, *, limit: int = MOST) -> Sequence[Alike]:
    """Return possible duplicates that are not marked as distinct, most certain first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    candidates = db.scalars(
        select(Person)
        .where(Person.id.not_in(merged_people()), Person.sample.is_(False))
        .order_by(Person.id)
    ).all()
    distinct = {(row.one_id, row.other_id) for row in db.scalars(select(DistinctPeople))}
    found: dict[tuple[int, int], Alike] = {}
    for why, key_of in KEYS:
        buckets: dict[str, list[Person]] = defaultdict(list)
        for person in candidates:
            for key in key_of(person):
                buckets[key].append(person)
        for bucket in buckets.values():
            for one, other in _two_of(bucket):
                numbers = (one.id, other.id)
                if numbers not in distinct and numbers not in found:
                    found[numbers] = Alike(one=one, other=other, why=why)
    return list(found.values())[:limit]


def mark_distinct(db: Transaction, viewer: Viewer, one_id: int, other_id: int) -> None:
    """Mark two people as distinct, so that they are not listed as duplicates again.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    one_id, other_id = sorted((one_id, other_id))
    if db.get(Person, one_id) and db.get(Person, other_id) and one_id != other_id:
        db.merge(DistinctPeople(one_id=one_id, other_id=other_id))
        db.flush()


def soundex(word: str) -> str:
    """Return the Soundex code of a word (Russell, US patent 1,261,167, 1918).

    A word without Latin letters is returned unchanged.
    """
    letters = "".join(one for one in _folded(word) if one.isascii() and one.isalpha())
    return jellyfish.soundex(letters) if letters else word


def _two_of(bucket: Sequence[Person]) -> Iterator[tuple[Person, Person]]:
    for place, one in enumerate(bucket):
        for other in bucket[place + 1 :]:
            if one.id != other.id:
                yield one, other


def _words(name: str) -> list[str]:
    return sorted(re.findall(r"\w+", _folded(name)))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _mailboxes(person: Person) -> list[str]:
    """Return a key to compare mailboxes: the e-mail address without dots and "+tag" before the @.

    The list has one key. It is empty for a person without an e-mail address.
    """
    if not person.email:
        return []
    name, _, domain = person.email.partition("@")
    return [f"{name.partition('+')[0].replace('.', '')}@{domain}"]


def _same_name(person: Person) -> list[str]:
    return [" ".join(_words(person.name))] if _words(person.name) else []


def _name_and_address(person: Person) -> list[str]:
    """Return keys to compare one person's name with another person's e-mail address.

    The keys are the sorted words of the name, and of the e-mail address before the @.
    """
    typed = (person.email or "").partition("@")[0].partition("+")[0]
    inside = sorted(re.findall(r"[^\W\d_]+", _folded(typed)))
    keys = {" ".join(_words(person.name))}
    if len(inside) > 1:
        keys.add(" ".join(inside))
    return sorted(keys - {""})


def _sound(person: Person) -> list[str]:
    words = _words(person.name)
    return [" ".join(soundex(word) for word in words)] if len(words) > 1 else []


KEYS = (
    (mark("The same mailbox"), _mailboxes),
    (mark("The same name"), _same_name),
    (mark("The name of one matches the e-mail address of the other"), _name_and_address),
    (mark("Names that sound alike"), _sound),
)
