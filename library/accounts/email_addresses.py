"""E-mail addresses: validation and normalisation to one spelling."""

import re
import unicodedata

import idna

from library.errors import InvalidInputError

LONGEST = 254  # characters (RFC 5321)
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")  # safe in headers


def normal(typed: str) -> str:
    """Return the normal spelling of an e-mail address, for storage and comparison.

    The result is in lower case, and compatibility forms such as full-width letters are replaced
    (NFKC). The domain is in Unicode (UTS 46), also if the input has Punycode. For a text that is
    not an address, the result matches no account.
    """
    local, at, name = _plain(typed[: 4 * LONGEST]).rpartition("@")
    return f"{local}{at}{domain(name)}" if at else name


def domain(typed: str) -> str:
    """Return the normal spelling of a domain: lower case, Unicode (UTS 46), no dot at the end."""
    name = _plain(typed).rstrip(".")
    try:
        return idna.decode(idna.encode(name, uts46=True))
    except UnicodeError:  # such as an underscore or a long label: it may still be a host
        return name


def address_of(typed: str) -> str:
    """Return a valid address in its normal spelling.

    Raises:
        InvalidInputError: The text is not an e-mail address.
    """
    email = normal(typed)
    if len(email) > LONGEST or not email.isprintable() or not ADDRESS.fullmatch(email):
        if not email:
            raise InvalidInputError("Enter an e-mail address.")
        raise InvalidInputError("%(address)s is not an e-mail address.", address=email[:60])
    return email


def is_same_mailbox(stated: str) -> bool:
    """Return True if normalising changes only the case and the domain of an address.

    Mail servers treat such spellings as equal. An identity provider confirms only the spelling that
    it states. If normalising changes characters before the @, the mailbox may be another person's.
    """
    before, ours = stated.strip().rpartition("@")[0], normal(stated).rpartition("@")[0]
    if ours.isascii():
        return before.isascii()
    return unicodedata.normalize("NFC", before).lower() == ours


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    return unicodedata.normalize("NFKC", folded)
