"""Reading what the site wrote to people: the letters in the outbox."""

import re
from email import message_from_bytes, policy

from flask import Flask

from library.store import Library
from web import post


def letters_to(app: Flask, library: Library, email: str) -> list[str]:
    """The texts of the letters to an address, oldest first, once all are written."""
    app.extensions[post.KEY].settle()
    found = []
    for path in sorted((library.settings.home / "outbox").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if message["To"] == email:
            found.append((path.stat().st_mtime_ns, message.get_content()))
    return [text for _, text in sorted(found)]


def link_in(letter: str) -> str:
    """The path of the one link in a letter."""
    (path,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", letter)
    return path
