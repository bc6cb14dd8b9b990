"""Server-side request forgery (SSRF) protection for addresses that people enter.

A server that opens a URL which a user entered could reach internal hosts that the user cannot
reach (OWASP API7:2023). So a host name is resolved once, and all its addresses must be public.
The connection goes to the address that was checked.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from library.errors import InvalidInputError
from library.translation import mark

LONGEST = 500  # characters
PORTS = {"http": 80, "https": 443}
NO_ADDRESS = mark("This is not a valid web address. Enter one such as https://example.org/.")
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
class ResolvedHost:
    """Web address with the IP address to which its host name was resolved."""

    https: bool
    host: str
    port: int
    ip: str
    target: str  # path and query


def resolve_public(url: str, allowed: Iterable[str] = ()) -> ResolvedHost:
    """Resolve *url* and check that its host is public or allowed.

    Args:
        url: address that a person entered.
        allowed: hosts that may be reached although their addresses are private.

    Raises:
        InvalidInputError: the URL is not valid, its host is unknown, or its address is private.
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
            "%(host)s is in a private network. An administrator of the server can allow it "
            "with the setting LIVING_HISTORY_WEBHOOK_PRIVATE_HOSTS.",
            host=host,
        )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return ResolvedHost(parts.scheme == "https", host, port, found[0], target)


def is_public(ip: str) -> bool:
    """Return whether an IP address is on the public internet and in no reserved range.

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
        raise InvalidInputError(
            "The host %(host)s was not found. Check the address.", host=host[:100]
        ) from error
    return [str(row[4][0]) for row in rows]
