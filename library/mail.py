"""Letters: messages of RFC 5322, sent by SMTP, or laid into the outbox where there is no server."""

import logging
import os
import smtplib
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from hashlib import sha256
from pathlib import Path
from unicodedata import category
from urllib.parse import urlsplit

from library.errors import InvalidInputError, LibraryError
from library.files import storage_errors
from library.settings import Settings

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds that a mail server may take
KEPT_FOR = timedelta(days=14)  # letters hold links, which have ended by then
OUTBOX = "outbox"  # folder in the library's home
REASON = "X-Not-Sent"  # header of an e-mail in the outbox: why the mail server did not take it
BREAKING = frozenset({"Cc", "Zl", "Zp", "Cs"})  # Unicode categories that no header may hold
REWORDED = ".new"  # ends the name of a new wording of a letter


class UndeliveredError(LibraryError):
    """The mail server did not take the letter. It lies in the outbox."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is written to somebody; plain text, its lines separated by newlines."""

    to: str
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)  # further ones
    key: str = ""  # of its Message-ID, for a letter that may be sent again; else a new one


def compose(settings: Settings, letter: Letter) -> EmailMessage:
    """A letter as a message.

    Raises:
        InvalidInputError: its address or subject would make a second header.
    """
    message = EmailMessage(policy=policy.SMTP)
    try:
        message["From"] = Address(_display(settings.site_name), addr_spec=sender(settings))
        message["To"] = deliverable(_one_line(letter.to))
        message["Subject"] = _one_line(letter.subject)
        for name, value in letter.headers.items():
            message[name] = _one_line(value)
    except ValueError as error:
        raise InvalidInputError(
            "A letter cannot be sent to this address. Check how it is written."
        ) from error
    message["Date"] = format_datetime(datetime.now(UTC))
    domain = sender(settings).rpartition("@")[2]
    message["Message-ID"] = f"<{letter.key}@{domain}>" if letter.key else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office replies stay away
    message.set_content(letter.text)
    return message


def address_of_site(settings: Settings) -> str:
    """Where the site is, as letters say it: never with a host that a browser named."""
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def sender(settings: Settings) -> str:
    """The address that letters come from."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    return settings.mail_from or f"library@{host}"


def send(settings: Settings, letter: Letter) -> None:
    """Send a letter; without a mail server, or when it refuses, lay it into the outbox.

    Raises:
        InvalidInputError: the letter cannot be written.
        UndeliveredError: there is a server, and it did not take the letter.
    """
    message = compose(settings, letter)
    if not settings.mail_host:
        _lay(settings.home, message)
        return
    try:
        _hand_over(settings, message)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        reason = _one_line(" ".join(str(error).split())[:300]) or type(error).__name__
        message[REASON] = f"{settings.mail_host}: {reason}"
        _lay(settings.home, message)
        log.exception("an e-mail was not taken by %s; it is in the outbox", settings.mail_host)
        raise UndeliveredError from error


@dataclass(frozen=True, kw_only=True, order=True)
class Unsent:
    """An e-mail in the outbox."""

    at: datetime
    to: str
    subject: str
    reason: str  # why the mail server did not take it; empty where there is no mail server


def outbox(home: Path) -> Sequence[Unsent]:
    """Return the e-mails in the outbox, newest first."""
    found = []
    for path in (home / OUTBOX).glob("*.eml"):
        headers = message_from_bytes(path.read_bytes(), policy=policy.default)
        found.append(
            Unsent(
                at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
                to=str(headers["To"]),
                subject=str(headers["Subject"]),
                reason=str(headers[REASON] or ""),
            )
        )
    return sorted(found, reverse=True)


def deliverable(address: str) -> str:
    """Return an address with its domain in ASCII, as mail servers expect it (IDNA, RFC 3490)."""
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii():
        return address
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def unlike(home: Path, matches: Callable[[str], bool]) -> frozenset[str]:
    """Return the names of letters in the outbox of which neither subject nor text *matches*."""
    names = set()
    for path in (home / OUTBOX).glob("*.eml"):
        with suppress(FileNotFoundError):  # old ones go at any time
            letter = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
            if not any(matches(text) for text in (str(letter["Subject"]), letter.get_content())):
                names.add(path.name)
    return frozenset(names)


def reword(
    home: Path,
    left_of: Callable[[str, datetime, str], str | None],
    *,
    but: Collection[str] = (),
) -> list[str]:
    """Write new wordings of letters in the outbox beside them; gives the names of these files.

    `replace_reworded` puts one in the place of its letter, whose headers and date it has.

    Args:
        home: the library's folder.
        left_of: given to whom a letter is, when it was laid there, and a text of it: the text that
            is to take its place, or None.
        but: names of letters that stay as they are.
    """
    names = []
    for path in (home / OUTBOX).glob("*.eml"):
        if path.name in but:
            continue
        letter = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        laid = path.stat().st_mtime
        at, text = datetime.fromtimestamp(laid, UTC), letter.get_content()
        subject = left_of(str(letter["To"]), at, str(letter["Subject"]))
        left = left_of(str(letter["To"]), at, text)
        if subject is None and left is None:
            continue
        if subject is not None:
            letter.replace_header("Subject", subject)
        letter.set_content(text if left is None else left)
        new = path.with_name(f"{path.name}{REWORDED}")
        _write(new, letter, os.O_TRUNC)
        os.utime(new, (laid, laid))
        names.append(new.name)
    return names


def replace_reworded(home: Path, name: str) -> None:
    """Put a new wording in the place of its letter, unless the letter is gone meanwhile."""
    new = home / OUTBOX / name
    letter = new.with_name(name.removesuffix(REWORDED))
    if new.exists() and letter.exists():
        new.replace(letter)
    new.unlink(missing_ok=True)


def reaches(settings: Settings, address: str) -> bool:
    """Whether the mail server can write to an address; asked only where that is in doubt.

    Letters outside ASCII before the @ need SMTPUTF8 (RFC 6531), which many servers do not have.
    Without a server, or with one that does not answer now, nothing can be said against it.
    """
    try:
        if not settings.mail_host or deliverable(address).isascii():
            return True
        with _connected(settings) as server:
            server.ehlo_or_helo_if_needed()
            return server.has_extn("smtputf8")
    except UnicodeError:  # no mail server knows such a domain
        return False
    except (OSError, smtplib.SMTPException):
        return True


def _hand_over(settings: Settings, message: EmailMessage) -> None:
    with _connected(settings) as server:
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
        server.send_message(message)


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Give a connection to the mail server, as safe as the settings ask for."""
    context = ssl.create_default_context()
    port, host = settings.mail_port, settings.mail_host
    server: smtplib.SMTP
    if settings.mail_security == "tls":
        server = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=PATIENCE)
    with server:
        if settings.mail_security == "starttls":
            server.starttls(context=context)
        yield server


def _lay(home: Path, message: EmailMessage) -> None:
    """Keep a letter as a file that only the library's own user reads; old ones go."""
    folder = home / OUTBOX
    with storage_errors():
        folder.mkdir(mode=0o700, exist_ok=True)
        now = datetime.now(UTC)
        for path in folder.glob("*.eml"):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - KEPT_FOR:
                path.unlink(missing_ok=True)
        name = sha256(message["Message-ID"].encode()).hexdigest()[:16]
        if any(folder.glob(f"*-{name}.eml")):  # it was laid here before
            return
        _write(folder / f"{now:%Y%m%dT%H%M%S}-{name}.eml", message, os.O_EXCL)


def _write(path: Path, message: EmailMessage, how: int) -> None:
    """Write a letter to a file that only the library's own user reads."""
    with storage_errors():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes())


def _one_line(header: str) -> str:
    """Return a header's value if it is one line.

    Raises:
        ValueError: it has a control character or a line separator, which could begin another
            header (RFC 5322).
    """
    if any(category(character) in BREAKING for character in header):
        raise ValueError(header)
    return header


def _display(name: str) -> str:
    """Return the site's name as a sender's; what could end a header becomes a space."""
    plain = "".join(" " if category(c) in BREAKING else c for c in name)
    return " ".join(plain.replace("\\", "").replace('"', "").split())
