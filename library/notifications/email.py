"""E-mail messages (RFC 5322), sent by SMTP. Without a mail server they go to the outbox."""

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
from library.files import convert_disk_errors
from library.settings import Settings
from library.translation import mark

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds that a mail server may take
KEPT_FOR = timedelta(days=14)  # links in e-mails have expired by then
OUTBOX = "outbox"  # folder in the library's home
REASON = "X-Not-Sent"  # header of an e-mail in the outbox: why the mail server did not take it
BREAKING = frozenset({"Cc", "Zl", "Zp", "Cs"})  # Unicode categories that a header may not contain
REWORDED = ".new"  # suffix of the file with the changed text of an e-mail


class UndeliveredError(LibraryError):
    """Error for an e-mail that the mail server did not accept."""

    message = mark(
        "The mail server did not accept the e-mail, so it was not sent. Ask an administrator to "
        "check the outbox."
    )


@dataclass(frozen=True, kw_only=True)
class OutgoingEmail:
    """E-mail as plain text. Lines are separated by newlines."""

    to: str
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)  # additional headers
    key: str = ""  # Message-ID of an e-mail that may be sent twice; empty: a random one


def compose(settings: Settings, email: OutgoingEmail) -> EmailMessage:
    """Return an e-mail as a MIME message.

    Raises:
        InvalidInputError: the address or subject has a line break.
    """
    message = EmailMessage(policy=policy.SMTP)
    try:
        message["From"] = Address(_display(settings.site_name), addr_spec=sender(settings))
        message["To"] = deliverable(_one_line(email.to))
        message["Subject"] = _one_line(email.subject)
        for name, value in email.headers.items():
            message[name] = _one_line(value)
    except ValueError as error:
        raise InvalidInputError(
            "An e-mail cannot be sent to this address. Check its spelling."
        ) from error
    message["Date"] = format_datetime(datetime.now(UTC))
    domain = sender(settings).rpartition("@")[2]
    message["Message-ID"] = f"<{email.key}@{domain}>" if email.key else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: prevents out-of-office replies
    message.set_content(email.text)
    return message


def address_of_site(settings: Settings) -> str:
    """Return the site's base URL for e-mails. It never uses the Host header of a request."""
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def sender(settings: Settings) -> str:
    """Return the sender address of e-mails."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    return settings.mail_from or f"library@{host}"


def send(settings: Settings, email: OutgoingEmail) -> None:
    """Send an e-mail. Without a mail server, or after an SMTP error, write it to the outbox.

    Raises:
        InvalidInputError: the address or a header is not valid.
        UndeliveredError: the mail server did not accept the e-mail.
    """
    message = compose(settings, email)
    if not settings.mail_host:
        _write_to_outbox(settings.home, message)
        return
    try:
        _hand_over(settings, message)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        reason = _one_line(" ".join(str(error).split())[:300]) or type(error).__name__
        message[REASON] = f"{settings.mail_host}: {reason}"
        _write_to_outbox(settings.home, message)
        log.exception("%s did not accept an e-mail; it is in the outbox", settings.mail_host)
        raise UndeliveredError from error


@dataclass(frozen=True, kw_only=True, order=True)
class Unsent:
    """An e-mail in the outbox."""

    at: datetime
    to: str
    subject: str
    reason: str  # error of the mail server; empty without a mail server


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


def outbox_not_matching(home: Path, matches: Callable[[str], bool]) -> frozenset[str]:
    """Return file names of outbox e-mails for whose subject and text *matches* returns False."""
    names = set()
    for path in (home / OUTBOX).glob("*.eml"):
        with suppress(FileNotFoundError):  # another process may delete old e-mails
            message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
            if not any(matches(text) for text in (str(message["Subject"]), message.get_content())):
                names.add(path.name)
    return frozenset(names)


def rewrite_outbox(
    home: Path,
    left_of: Callable[[str, datetime, str], str | None],
    *,
    but: Collection[str] = (),
) -> list[str]:
    """Write changed texts of outbox e-mails to new files and return the names of these files.

    The e-mails stay unchanged until `replace_reworded` puts the new files in their place.

    Args:
        home: the library's folder.
        left_of: function of recipient, time (UTC), and subject or body. It returns the
            new text, or None for no change.
        but: names of e-mails that stay unchanged.
    """
    names = []
    for path in (home / OUTBOX).glob("*.eml"):
        if path.name in but:
            continue
        message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        modified = path.stat().st_mtime
        at, text = datetime.fromtimestamp(modified, UTC), message.get_content()
        subject = left_of(str(message["To"]), at, str(message["Subject"]))
        new_text = left_of(str(message["To"]), at, text)
        if subject is None and new_text is None:
            continue
        if subject is not None:
            message.replace_header("Subject", subject)
        message.set_content(text if new_text is None else new_text)
        new = path.with_name(f"{path.name}{REWORDED}")
        _write(new, message, os.O_TRUNC)
        os.utime(new, (modified, modified))
        names.append(new.name)
    return names


def replace_reworded(home: Path, name: str) -> None:
    """Replace an outbox e-mail by the file *name* with its changed text, if both exist."""
    new = home / OUTBOX / name
    old = new.with_name(name.removesuffix(REWORDED))
    if new.exists() and old.exists():
        new.replace(old)
    new.unlink(missing_ok=True)


def reaches(settings: Settings, address: str) -> bool:
    """Return whether the mail server can send to an address.

    Characters outside ASCII before the @ need SMTPUTF8 (RFC 6531), which many servers do not have.
    The server is asked only about such addresses. Without a server, or if the server does not
    answer, the result is True.
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
    """Yield a connection to the mail server, with the TLS mode of the settings."""
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


def _write_to_outbox(home: Path, message: EmailMessage) -> None:
    """Write an e-mail to the outbox with mode 0600, and delete old e-mails."""
    folder = home / OUTBOX
    with convert_disk_errors():
        folder.mkdir(mode=0o700, exist_ok=True)
        now = datetime.now(UTC)
        for path in folder.glob("*.eml"):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - KEPT_FOR:
                path.unlink(missing_ok=True)
        name = sha256(message["Message-ID"].encode()).hexdigest()[:16]
        if any(folder.glob(f"*-{name}.eml")):  # written in an earlier try
            return
        _write(folder / f"{now:%Y%m%dT%H%M%S}-{name}.eml", message, os.O_EXCL)


def _write(path: Path, message: EmailMessage, how: int) -> None:
    """Write an e-mail to a file that only the library's own user can read.

    *how* is a further flag for `os.open`, such as `os.O_EXCL`.
    """
    with convert_disk_errors():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes())


def _one_line(header: str) -> str:
    """Return the value of a header unchanged if it has one line.

    Raises:
        ValueError: the value has a control character or a line separator. Text after it could
            be read as another header (RFC 5322).
    """
    if any(category(character) in BREAKING for character in header):
        raise ValueError(header)
    return header


def _display(name: str) -> str:
    """Return the site's name for the From header, without control characters and quotes."""
    plain = "".join(" " if category(c) in BREAKING else c for c in name)
    return " ".join(plain.replace("\\", "").replace('"', "").split())
