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
RESERVED = tuple(
    ipaddress.ip_network(block)
    for block in (
        # IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast and class E
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # inside the global unicast block of IPv6: the IETF's own, documentation, 6to4, AS112
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291; all other IPv6 is special


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
    if port == 0:
        raise InvalidInputError(NO_ADDRESS)
    found = _resolved(host, port)
    if host not in set(allowed) and not all(is_public(ip) for ip in found):
        raise InvalidInputError(
            f"{host} leads into a private network. An administrator of the server can allow it "
            "with the setting LIVING_HISTORY_WEBHOOK_PRIVATE_HOSTS."
        )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Outside(parts.scheme == "https", host, port, found[0], target)


def is_public(ip: str) -> bool:
    """Whether an address belongs to the public internet and to no reserved range.

    IPv6 addresses that hold an IPv4 address (mapped, 6to4, Teredo, NAT64) are not public.
    """
    address = ipaddress.ip_address(ip.partition("%")[0])
    if address.version == 6 and address not in GLOBAL_UNICAST:
        return False
    return not any(address in block for block in RESERVED if block.version == address.version)


def _resolved(host: str, port: int) -> list[str]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as error:
        raise InvalidInputError(f"There is no computer called {host[:100]}.") from error
    return [str(row[4][0]) for row in rows]
