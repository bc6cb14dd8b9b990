"""People who may be the same: by their address, by their name, or by how it sounds."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from library.access import Viewer, require_admin
from library.accounts.people import gone_people
from library.models import DistinctPeople, Person
from library.store import Transaction

SOUNDS = {
    **dict.fromkeys("bfpv", "1"),
    **dict.fromkeys("cgjkqsxz", "2"),
    **dict.fromkeys("dt", "3"),
    "l": "4",
    **dict.fromkeys("mn", "5"),
    "r": "6",
}
"""The groups of letters that Soundex counts as one sound (Russell, US patent 1,261,167, 1918)."""

MOST = 200  # pairs on a page


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Two people who may be one."""

    one: Person
    other: Person
    why: str


def pairs(db: Transaction, viewer: Viewer, *, limit: int = MOST) -> Sequence[Alike]:
    """Pairs that nobody has told apart, the surest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    everybody = db.scalars(
        select(Person)
        .where(Person.id.not_in(gone_people()), Person.sample.is_(False))
        .order_by(Person.id)
    ).all()
    apart = {(row.one_id, row.other_id) for row in db.scalars(select(DistinctPeople))}
    found: dict[tuple[int, int], Alike] = {}
    for why, key_of in KEYS:
        buckets: dict[str, list[Person]] = defaultdict(list)
        for person in everybody:
            for key in key_of(person):
                buckets[key].append(person)
        for together in buckets.values():
            for one, other in _two_of(together):
                numbers = (one.id, other.id)
                if numbers not in apart and numbers not in found:
                    found[numbers] = Alike(one=one, other=other, why=why)
    return list(found.values())[:limit]


def tell_apart(db: Transaction, viewer: Viewer, one_id: int, other_id: int) -> None:
    """Let two people not be offered as one again.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    one_id, other_id = sorted((one_id, other_id))
    if db.get(Person, one_id) and db.get(Person, other_id) and one_id != other_id:
        db.merge(DistinctPeople(one_id=one_id, other_id=other_id))
        db.flush()


def soundex(word: str) -> str:
    """How a word sounds: its first letter and up to three sounds (Soundex)."""
    letters = [letter for letter in _folded(word) if letter.isascii() and letter.isalpha()]
    if not letters:
        return word
    code, last = letters[0].upper(), SOUNDS.get(letters[0], "")
    for letter in letters[1:]:
        sound = SOUNDS.get(letter, "")
        if sound and sound != last:
            code += sound
        if letter not in "hw":  # these do not part two letters of the same sound
            last = sound
    return f"{code:0<4}"[:4]


def _two_of(together: Sequence[Person]) -> Iterator[tuple[Person, Person]]:
    for place, one in enumerate(together):
        for other in together[place + 1 :]:
            if one.id != other.id:
                yield one, other


def _words(name: str) -> list[str]:
    return sorted(re.findall(r"\w+", _folded(name)))


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _mailboxes(person: Person) -> list[str]:
    """The mailbox behind an address: without its tag, and without the dots of its name."""
    if not person.email:
        return []
    name, _, domain = person.email.partition("@")
    return [f"{name.partition('+')[0].replace('.', '')}@{domain}"]


def _same_name(person: Person) -> list[str]:
    return [" ".join(_words(person.name))] if _words(person.name) else []


def _name_and_address(person: Person) -> list[str]:
    """The words of a name, and those of an address that is made of a name."""
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
    ("The same mailbox", _mailboxes),
    ("The same name", _same_name),
    ("A name like the other's address", _name_and_address),
    ("Names that sound alike", _sound),
)
