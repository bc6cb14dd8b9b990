"""One spelling for each e-mail address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.accounts import addresses, people
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
    """Capitals, blanks, wide letters, Punycode and a dot at the end make no other address."""
    assert addresses.normal(typed) == "wanda@bücher.example"
    assert addresses.address_of(typed) == "wanda@bücher.example"


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing_more(typed: str) -> None:
    """Any text has one normal form, and no text breaks it."""
    once = addresses.normal(typed)

    assert addresses.normal(once) == once


@pytest.mark.parametrize("typed", ["", "nobody", "a@b@c.org", "a b@c.org", "a@c.org\nBcc: x@y.org"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    """A sentence says so, and nothing gets into a header."""
    with pytest.raises(InvalidInputError, match="is not an e-mail address"):
        addresses.address_of(typed)


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
    """What a provider vouches for is ours only where no letter had to be replaced by another."""
    assert addresses.is_same_mailbox(stated) is same


def test_an_account_is_found_however_its_address_is_typed(library) -> None:
    """Invitations, tables and sign-ins look for the same spelling."""
    with library.transaction() as db:
        made = people.add_account(
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

    assert found == [made, made]
    assert made.email == "wanda@bücher.example"
