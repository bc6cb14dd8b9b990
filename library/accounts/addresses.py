"""E-mail addresses: one spelling for each, however it is typed."""

import re
import unicodedata

import idna

from library.errors import InvalidInputError

LONGEST = 254  # characters (RFC 5321)
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")  # what headers can hold


def normal(typed: str) -> str:
    """Return the spelling under which an address is kept and counted.

    Lower case, compatibility forms such as full-width letters replaced (NFKC), the domain in
    Unicode (UTS 46), whether it was typed so or in Punycode. A text that is not an address gives
    a text that no account has.
    """
    local, at, name = _plain(typed[: 4 * LONGEST]).rpartition("@")
    return f"{local}{at}{domain(name)}" if at else name


def domain(typed: str) -> str:
    """Return the one spelling of a domain: lower case, Unicode (UTS 46), no dot at the end."""
    name = _plain(typed).rstrip(".")
    try:
        return idna.decode(idna.encode(name, uts46=True))
    except UnicodeError:  # an underscore, a label that is too long: it may still be a host
        return name


def address_of(typed: str) -> str:
    """Return a valid address in its normal spelling.

    Raises:
        InvalidInputError: it is not an e-mail address.
    """
    email = normal(typed)
    if len(email) > LONGEST or not email.isprintable() or not ADDRESS.fullmatch(email):
        raise InvalidInputError(f"{email[:60] or 'Nothing'} is not an e-mail address.")
    return email


def is_same_mailbox(stated: str) -> bool:
    """Whether normalising changes only what no mail server tells apart: case and the domain.

    An identity provider vouches for the address as it states it. Where the part before the @
    holds other characters than ours after normalising, it may be another person's mailbox.
    """
    before, ours = stated.strip().rpartition("@")[0], normal(stated).rpartition("@")[0]
    if ours.isascii():
        return before.isascii()
    return unicodedata.normalize("NFC", before).lower() == ours


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    return unicodedata.normalize("NFKC", folded)
