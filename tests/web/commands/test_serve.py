"""Tests of the command `serve` until it listens on its port."""

import socket
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import cli
from web.commands.serve import _bound, _named

OPEN_FILES = Path("/proc/self/fd")


@pytest.fixture
def used_port():
    """Port on which another socket listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_used_port_is_named(library, monkeypatch, used_port):
    """A used port ends with exit code 1, and the message names the port and the option."""
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    home, port = str(library.settings.home), str(used_port)

    result = CliRunner().invoke(cli, ["--home", home, "serve", "--no-worker", "--port", port])

    assert result.exit_code == 1
    assert f"Port {port}" in result.output
    assert "--port" in result.output


def test_a_refused_socket_is_closed(used_port):
    """After a refused `bind`, no file descriptor is open, although the exception still exists."""
    before = sorted(OPEN_FILES.iterdir())

    with pytest.raises(OSError, match="in use") as error:
        _bound("127.0.0.1", used_port)

    assert sorted(OPEN_FILES.iterdir()) == before, error


@pytest.mark.parametrize(("host", "named"), [("::1", "[::1]"), ("localhost", "localhost")])
def test_the_address_of_an_ipv6_host_has_brackets(host, named):
    """An IPv6 host is written in brackets, as RFC 3986 requires in a URL."""
    assert _named(host) == named
