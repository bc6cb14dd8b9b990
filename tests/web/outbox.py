"""Functions that read the e-mails in the outbox."""

import re
from email import message_from_bytes, policy

from flask import Flask

from library.store import Library
from web.mail import sender


def emails_to(app: Flask, library: Library, email: str) -> list[str]:
    """Wait until all e-mails are written.

    Return the texts of the e-mails to *email*, oldest first.
    """
    app.extensions[sender.KEY].settle()
    texts = []
    for path in sorted((library.settings.home / "outbox").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if message["To"] == email:
            texts.append((path.stat().st_mtime_ns, message.get_content()))
    return [text for _, text in sorted(texts)]


def link_in(body: str) -> str:
    """Return the path of the only link in an e-mail."""
    (path,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", body)
    return path
