"""Tests of SSRF protection: the hosts of URLs that people enter must be public."""

import pytest

from library.errors import InvalidInputError
from library.notifications.ssrf import is_public, resolve_public


@pytest.mark.parametrize(
    "ip",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1"),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::1"),
    ],
)
def test_reserved_addresses_are_not_public(ip):
    """Reserved addresses of IPv4, of IPv6 and of IPv4 within IPv6 are not public."""
    assert not is_public(ip)


def test_public_addresses_are_public():
    """A public address of IPv4 and one of IPv6 are public."""
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org", "ftp://93.184.216.34/", "http://", "http://a b/"),
        *("http://user@93.184.216.34/", "http://93.184.216.34:0/", "http://10.0.0.1/"),
    ],
)
def test_other_addresses_are_refused(url):
    """A URL that is not HTTP, or that has a user or an invalid port, is refused.

    A URL with a private host is refused too.
    """
    with pytest.raises(InvalidInputError):
        resolve_public(url)


def test_an_allowed_host_may_be_private():
    """A host in the list of allowed hosts may be private.

    Path and query of the URL stay unchanged.
    """
    found = resolve_public("http://10.0.0.1:8080/told?by=us", ["10.0.0.1"])

    assert (found.ip, found.port, found.target) == ("10.0.0.1", 8080, "/told?by=us")
