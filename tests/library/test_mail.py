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


class Listening(Controller):
    """A mail server on a socket that listens already: nobody else can take its port."""

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
    """Where letters arrive."""
    return Mailbox()


@pytest.fixture
def served(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    """Settings with a mail server that writes ASCII addresses only, as many do."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = Listening(mailbox, listening)
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

    (unsent,) = mail.outbox(served.home)
    assert unsent.to == "nobody@example.org"
    assert "There is nobody of this name" in unsent.reason


def test_without_a_server_letters_wait_in_files(settings: Settings) -> None:
    """The outbox is a folder of messages that only the library's user reads."""
    mail.send(settings, LETTER)

    (path,) = (settings.home / "outbox").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    (unsent,) = mail.outbox(settings.home)
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


@pytest.mark.parametrize(
    "name",
    [
        "Voices\u00a0of\u00a0care",  # no-break spaces
        "Mentors \U0001f469\u200d\U0001f3eb",  # an emoji of several code points
        "\u200f\u0623\u0635\u0648\u0627\u062a",  # with a mark for the direction of writing
        "Soft\u00adhyphen",
        "Two\r\nlines\u2028and a tab\t",
        "Long " + "x" * 300,
    ],
)
def test_an_e_mail_leaves_whatever_the_library_is_called(
    served: Settings, mailbox: Mailbox, name: str
) -> None:
    """Its headers are ASCII in lines of legal length, and the name is the sender's."""
    mail.send(replace(served, site_name=name), LETTER)

    (taken,) = mailbox.taken
    head = taken.content.partition(b"\r\n\r\n")[0]
    (sender,) = message_from_bytes(taken.content, policy=policy.default)["From"].addresses
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert sender.addr_spec == "library@localhost"
    assert sender.display_name.split() == name.replace("\u2028", " ").split()


def test_a_domain_with_an_umlaut_is_written_in_ascii(served: Settings, mailbox: Mailbox) -> None:
    """Mail servers know domains by their ASCII form."""
    mail.send(served, replace(LETTER, to="jo@müller.example"))

    assert mailbox.taken[0].rcpt_tos == ["jo@xn--mller-kva.example"]


def test_an_address_that_the_server_cannot_write_is_kept_with_the_reason(served: Settings) -> None:
    """An umlaut before the @ needs an extension (RFC 6531) that this server does not have."""
    with pytest.raises(UndeliveredError):
        mail.send(served, replace(LETTER, to="jörg@example.org"))

    (unsent,) = mail.outbox(served.home)
    assert "SMTPUTF8" in unsent.reason


@pytest.mark.parametrize(
    ("address", "expected"),
    [("zoe@example.org", True), ("zoe@müller.example", True), ("zoë@example.org", False)],
)
def test_what_the_server_cannot_write_to_is_known_before(
    served: Settings, address: str, expected: bool
) -> None:
    """Only letters outside ASCII before the @ need what this server lacks."""
    assert mail.reaches(served, address) is expected


def test_a_server_that_does_not_answer_speaks_against_no_address(settings: Settings) -> None:
    """The e-mail may go out later, with another try."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    assert mail.reaches(replace(settings, mail_host="127.0.0.1", mail_port=port), "zoë@example.org")
