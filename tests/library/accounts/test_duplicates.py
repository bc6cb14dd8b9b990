"""Tests of duplicates: pairs of people who may be the same person."""

import pytest

from library.accounts import duplicates
from library.models import Person, Role


def test_possible_duplicates_are_found_and_dismissed(library, admin) -> None:
    """Two people with the same mailbox or the same words in their names are possible duplicates.

    Two people are also possible duplicates if their names sound alike, or if the name of one
    matches the e-mail address of the other. A pair that an administrator marked as distinct is not
    listed again.
    """
    named = {
        "mailbox": ("Jo Kim", "jo.kim@example.org", "J", "jokim+talks@example.org"),
        "name": ("Zoë Adams", "za1@example.org", "adams zoe", None),
        "address": ("Lena Wolf", None, "L.", "lena.wolf@example.org"),
        "sound": ("Robert Meyer", "r1@example.org", "Rupert Maier", None),
        "nobody": ("Peter Quist", "pq@example.org", "Olga Brandt", "ob@example.org"),
    }
    with library.transaction() as db:
        for one, address, other, second in named.values():
            db.add_all(
                [
                    Person(name=one, email=address, role=Role.MENTOR),
                    Person(name=other, email=second, role=Role.MENTOR),
                ]
            )
    with library.reading() as db:
        found = duplicates.pairs(db, admin.viewer)

    assert {(pair.one.name, pair.why) for pair in found} == {
        ("Jo Kim", "The same mailbox"),
        ("Zoë Adams", "The same name"),
        ("Lena Wolf", "The name of one matches the e-mail address of the other"),
        ("Robert Meyer", "Names that sound alike"),
    }
    with library.transaction() as db:
        duplicates.mark_distinct(db, admin.viewer, found[0].other.id, found[0].one.id)
        left = duplicates.pairs(db, admin.viewer)
    assert len(left) == len(found) - 1


@pytest.mark.parametrize(
    ("one", "other"), [("Robert", "Rupert"), ("Meyer", "Maier"), ("Smith", "Smyth")]
)
def test_words_that_sound_alike_have_one_code(one, other) -> None:
    """Two names that sound alike have the same Soundex code."""
    assert duplicates.soundex(one) == duplicates.soundex(other)


def test_known_codes_of_soundex() -> None:
    """Four Soundex codes equal the examples of the National Archives of the United States."""
    codes = {"Robert": "R163", "Tymczak": "T522", "Pfister": "P236", "Honeyman": "H555"}

    assert {name: duplicates.soundex(name) for name in codes} == codes
