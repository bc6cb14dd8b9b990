"""Simulated browser, which stores cookies and sends form tokens."""

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """Simulated browser of a guest or a member."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        self.client = app.test_client()
        if token is not None:
            with self.client.session_transaction() as cookie:
                cookie["_user_id"] = token
        self.member = token is not None

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page and return the response."""
        return self.client.get(path, buffered=True, **more)

    def token(self, path: str = "") -> str:
        """Return the form token, read from the page at *path* or from a page that has a form."""
        found = TOKEN.search(self.get(path or ("/account" if self.member else "/sign-in")).text)
        assert found
        return found.group(1)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form with its form token and return the response."""
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **more)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send any request with the form token in a header, and return the response."""
        headers = {"X-CSRFToken": self.token(), **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, buffered=True, **more)
