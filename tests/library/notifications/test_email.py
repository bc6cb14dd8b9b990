"""Tests of e-mail: delivery to an SMTP server of the test, and the outbox."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from library.errors import InvalidInputError
from library.notifications import email
from library.notifications.email import OutgoingEmail, UndeliveredError
from library.settings import Settings

MESSAGE = OutgoingEmail(
    to="zoe@example.org", subject="Your account (here)", text="Hello Zoë,\n\na link\n"
)


class Mailbox:
    """SMTP handler that stores e-mails, and refuses addresses that begin with "nobody"."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        """Accept or refuse a recipient."""
        if address.startswith("nobody"):
            return "550 There is nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        """Store the e-mail."""
        self.taken.append(envelope)
        return "250 OK"


class Listening(Controller):
    """SMTP server on a socket that is open already, so that no other process takes the port."""

    def __init__(self, mailbox: Mailbox, listening: socket.socket) -> None:
        host, port = listening.getsockname()
        patience = 120.0  # seconds, for a busy machine
        super().__init__(
            mailbox, hostname=host, port=port, ready_timeout=patience, enable_SMTPUTF8=False
        )
        self._listening = listening

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


@pytest.fixture
def mailbox() -> Mailbox:
    """Handler that stores the e-mails that the test server accepts."""
    return Mailbox()


@pytest.fixture
def served(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    """Settings with the address of an SMTP server that does not support SMTPUTF8."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = Listening(mailbox, listening)
    server.start()
    yield replace(settings, mail_host="127.0.0.1", mail_port=port, mail_security="none")
    server.stop()


def test_an_e_mail_reaches_the_server(served: Settings, mailbox: Mailbox) -> None:
    """A sent e-mail arrives unchanged at the server and is not in the outbox."""
    email.send(served, MESSAGE)

    (accepted,) = mailbox.taken
    message = message_from_bytes(accepted.content, policy=policy.default)
    assert accepted.rcpt_tos == ["zoe@example.org"]
    assert message["Subject"] == "Your account (here)"
    assert message["From"] == "Living History <library@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert email.outbox(served.home) == []


def test_a_refused_e_mail_stays_in_the_outbox(served: Settings) -> None:
    """An e-mail that the server refuses stays in the outbox with the reason.

    The sender gets an error.
    """
    with pytest.raises(UndeliveredError):
        email.send(served, replace(MESSAGE, to="nobody@example.org"))

    (unsent,) = email.outbox(served.home)
    assert unsent.to == "nobody@example.org"
    assert "There is nobody of this name" in unsent.reason


def test_without_a_server_e_mails_stay_in_the_outbox(settings: Settings) -> None:
    """Without an SMTP server, e-mails are written to the outbox.

    Only the user of the computer who runs the library can read them.
    """
    email.send(settings, MESSAGE)

    (path,) = (settings.home / "outbox").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    (unsent,) = email.outbox(settings.home)
    assert (unsent.subject, unsent.reason) == ("Your account (here)", "")


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
def test_no_e_mail_gets_a_second_header(settings: Settings, forged: dict[str, str]) -> None:
    """An e-mail with a line break in its address or subject is refused and not sent."""
    with pytest.raises(InvalidInputError, match="cannot be sent"):
        email.send(settings, replace(MESSAGE, **forged))

    assert email.outbox(settings.home) == []


def test_the_library_s_name_cannot_forge_a_sender(settings: Settings) -> None:
    """A library name with quotes and angle brackets does not change the sender address."""
    named = replace(settings, site_name='Us" <evil@example.com>, "x')

    message = email.compose(named, MESSAGE)

    assert [a.addr_spec for a in message["From"].addresses] == ["library@localhost"]


@pytest.mark.parametrize(
    "name",
    [
        "Voices\u00a0of\u00a0care",  # no-break spaces
        "Mentors \U0001f469\u200d\U0001f3eb",  # an emoji that consists of several code points
        "\u200f\u0623\u0635\u0648\u0627\u062a",  # a control character for the writing direction
        "Soft\u00adhyphen",
        "Two\r\nlines\u2028and a tab\t",
        "Long " + "x" * 300,
    ],
)
def test_an_e_mail_leaves_whatever_the_library_is_called(
    served: Settings, mailbox: Mailbox, name: str
) -> None:
    """E-mail headers are ASCII and within the line limit for any library name."""
    email.send(replace(served, site_name=name), MESSAGE)

    (accepted,) = mailbox.taken
    head = accepted.content.partition(b"\r\n\r\n")[0]
    (sender,) = message_from_bytes(accepted.content, policy=policy.default)["From"].addresses
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert sender.addr_spec == "library@localhost"
    assert sender.display_name.split() == name.replace("\u2028", " ").split()


def test_a_domain_with_an_umlaut_is_written_in_ascii(served: Settings, mailbox: Mailbox) -> None:
    """A domain with an umlaut is sent in its ASCII form."""
    email.send(served, replace(MESSAGE, to="jo@müller.example"))

    assert mailbox.taken[0].rcpt_tos == ["jo@xn--mller-kva.example"]


def test_an_address_that_the_server_cannot_write_is_kept_with_the_reason(served: Settings) -> None:
    """An e-mail to an address with an umlaut before the @ stays in the outbox.

    The reason in the outbox is that the server does not support SMTPUTF8 (RFC 6531).
    """
    with pytest.raises(UndeliveredError):
        email.send(served, replace(MESSAGE, to="jörg@example.org"))

    (unsent,) = email.outbox(served.home)
    assert "SMTPUTF8" in unsent.reason


@pytest.mark.parametrize(
    ("address", "expected"),
    [("zoe@example.org", True), ("zoe@müller.example", True), ("zoë@example.org", False)],
)
def test_an_unreachable_address_is_known_before_sending(
    served: Settings, address: str, expected: bool
) -> None:
    """An address with non-ASCII letters before the @ counts as unreachable.

    This is so if the server does not support SMTPUTF8. Such letters in the domain do not matter.
    """
    assert email.reaches(served, address) is expected


def test_addresses_count_as_reachable_without_an_answer(settings: Settings) -> None:
    """An address with non-ASCII letters counts as reachable if the SMTP server does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    assert email.reaches(
        replace(settings, mail_host="127.0.0.1", mail_port=port), "zoë@example.org"
    )
