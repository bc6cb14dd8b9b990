"""Tests of e-mail addresses: one normal form for all spellings of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.accounts import email_addresses, people
from library.errors import InvalidInputError
from library.models import Role


@pytest.mark.parametrize(
    "typed",
    [
        "WANDA@Bücher.Example",
        " wanda@bücher.example ",
        "wanda@xn--bcher-kva.example",
        "wanda@\uff42ücher.example",
        "\uff57anda@bücher.example",
        "wanda@bücher\u3002example",
        "wanda@bu\u0308cher.example.",
    ],
)
def test_each_way_to_type_an_address_is_the_same(typed: str) -> None:
    """All spellings of an e-mail address have the same normal form.

    Upper case, blanks, full-width letters, Punycode and a final dot do not matter.
    """
    assert email_addresses.normal(typed) == "wanda@bücher.example"
    assert email_addresses.address_of(typed) == "wanda@bücher.example"


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing_more(typed: str) -> None:
    """Normalising a text twice gives the same result as normalising it once."""
    once = email_addresses.normal(typed)

    assert email_addresses.normal(once) == once


@pytest.mark.parametrize("typed", ["", "nobody", "a@b@c.org", "a b@c.org", "a@c.org\nBcc: x@y.org"])
def test_an_invalid_address_is_refused(typed: str) -> None:
    """An invalid e-mail address, also one with a line break, is refused with a clear error."""
    with pytest.raises(InvalidInputError, match="an e-mail address"):
        email_addresses.address_of(typed)


@pytest.mark.parametrize(
    ("stated", "same"),
    [
        ("INES@Example.org", True),
        ("ines@xn--bcher-kva.example", True),
        ("björn@example.org", True),
        ("\uff49nes@example.org", False),
        ("\u212aim@example.org", False),
        ("\ufb01ona@example.org", False),
    ],
)
def test_a_look_alike_is_another_mailbox(stated: str, same: bool) -> None:
    """An e-mail address in upper case or in Punycode belongs to the same mailbox.

    An address with look-alike letters belongs to another mailbox.
    """
    assert email_addresses.is_same_mailbox(stated) is same


def test_an_account_is_found_however_its_address_is_typed(library) -> None:
    """An account is found by other spellings of its e-mail address."""
    with library.transaction() as db:
        person = people.add_account(
            db,
            name="Wanda",
            email="Wanda@xn--bcher-kva.example",
            role=Role.MENTEE,
            password_hash=None,
        )

        found = [
            people.by_email(db, typed)
            for typed in ("wanda@BÜCHER.example", "\uff57anda@bücher.example")
        ]

    assert found == [person, person]
    assert person.email == "wanda@bücher.example"
