"""Addresses outside: which ones this server may be sent to, and where they really lead.

A program that asks addresses which others type could be used to reach what only this machine
reaches (server-side request forgery, OWASP API7:2023). So a name is resolved, every address that
it has must be a public one, and the connection goes to the very address that was looked at.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from library.errors import InvalidInputError

LONGEST = 500  # characters
PORTS = {"http": 80, "https": 443}
NO_ADDRESS = "This is not a web address, such as https://example.org/."
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 inside IPv6 (RFC 6052)


@dataclass(frozen=True)
class Outside:
    """Where a web address leads: the host as it is named, and the address that it has now."""

    https: bool
    host: str
    port: int
    ip: str
    target: str  # path and query


def reach(url: str, allowed: Iterable[str] = ()) -> Outside:
    """Where *url* leads.

    Args:
        url: what somebody typed.
        allowed: hosts that may be reached although their addresses are private.

    Raises:
        InvalidInputError: it is no web address, is not found, or leads into a private network.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        raise InvalidInputError(NO_ADDRESS) from error
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if parts.scheme not in PORTS or not host or not plain or parts.username is not None:
        raise InvalidInputError(NO_ADDRESS)
    port = PORTS[parts.scheme] if port is None else port
    found = _resolved(host, port)
    if host not in set(allowed) and not all(is_public(ip) for ip in found):
        raise InvalidInputError(
            f"{host} leads into a private network. An administrator of the server can allow it "
            "with the setting LIVING_HISTORY_WEBHOOK_PRIVATE_HOSTS."
        )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Outside(parts.scheme == "https", host, port, found[0], target)


def is_public(ip: str) -> bool:
    """Whether an address is one of the public internet, also where it holds another inside."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.sixtofour or address.teredo or address in TRANSLATED:
            return False
        if address.ipv4_mapped:
            return is_public(str(address.ipv4_mapped))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _resolved(host: str, port: int) -> list[str]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as error:
        raise InvalidInputError(f"There is no computer called {host[:100]}.") from error
    return [str(row[4][0]) for row in rows]
