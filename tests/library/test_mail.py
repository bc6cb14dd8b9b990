"""Letters: taken by a real mail server of the test's own, or laid into the outbox."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from library import mail
from library.errors import InvalidInputError
from library.mail import Letter, UndeliveredError
from library.settings import Settings

LETTER = Letter(to="zoe@example.org", subject="Your account (here)", text="Hello Zoë,\n\na link\n")


class Mailbox:
    """Keeps what the server takes; refuses whoever is called nobody."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        """Take the letter for this address, or do not."""
        if address.startswith("nobody"):
            return "550 There is nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        """Take the letter."""
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    """Where letters arrive."""
    return Mailbox()


@pytest.fixture
def served(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    """Settings with a mail server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    yield replace(settings, mail_host="127.0.0.1", mail_port=port, mail_security="none")
    server.stop()


def test_a_server_takes_the_letter(served: Settings, mailbox: Mailbox) -> None:
    """What was written arrives whole, at the one address, and nothing stays behind."""
    mail.send(served, LETTER)

    (taken,) = mailbox.taken
    message = message_from_bytes(taken.content, policy=policy.default)
    assert taken.rcpt_tos == ["zoe@example.org"]
    assert message["Subject"] == "Your account (here)"
    assert message["From"] == "Living History <library@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert mail.outbox(served.home) == []


def test_a_letter_that_is_refused_is_not_lost(served: Settings) -> None:
    """What the server does not take lies in the outbox, and whoever sent it is told."""
    with pytest.raises(UndeliveredError):
        mail.send(served, replace(LETTER, to="nobody@example.org"))

    assert [to for _, to, _ in mail.outbox(served.home)] == ["nobody@example.org"]


def test_without_a_server_letters_wait_in_files(settings: Settings) -> None:
    """The outbox is a folder of messages that only the library's user reads."""
    mail.send(settings, LETTER)

    (path,) = (settings.home / "outbox").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [about for _, _, about in mail.outbox(settings.home)] == ["Your account (here)"]


@pytest.mark.parametrize(
    "forged",
    [
        {"to": "zoe@example.org\r\nBcc: all@example.org"},
        {"to": "zoe@example.org\nBcc: all@example.org"},
        {"subject": "Hello\r\nBcc: all@example.org"},
        {"subject": "Hello\rBcc: all@example.org"},
        {"subject": "Hello\u2028Bcc: all@example.org"},
    ],
)
def test_no_letter_gets_a_second_header(settings: Settings, forged: dict[str, str]) -> None:
    """A line break in an address or a subject is refused, and nothing is sent."""
    with pytest.raises(InvalidInputError, match="cannot be sent"):
        mail.send(settings, replace(LETTER, **forged))

    assert mail.outbox(settings.home) == []


def test_the_library_s_name_cannot_forge_a_sender(settings: Settings) -> None:
    """A name with quotes and angles stays a name."""
    named = replace(settings, site_name='Us" <evil@example.com>, "x')

    message = mail.compose(named, LETTER)

    assert [a.addr_spec for a in message["From"].addresses] == ["library@localhost"]
