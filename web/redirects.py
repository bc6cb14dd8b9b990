"""Where to go after a form: only ever to a page of this site."""

from urllib.parse import urlsplit

from flask import request


def back_to(default: str) -> str:
    """The page named by the form's `next`, if it is one of ours, else *default*."""
    return ours(request.form.get("next", ""), default)


def ours(wanted: str, default: str) -> str:
    """An address that somebody named, if it is one of this site's pages, else *default*."""
    # Browsers read "\" as "/" and skip control characters, so both may hide another host.
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return default
    if not wanted.isprintable() or urlsplit(wanted).netloc:
        return default
    return wanted
