"""A program that speaks to the API for somebody."""

from typing import Any

from flask import Flask

Headers = dict[str, str]
API = "/api/v1"


class Program:
    """A program that sends a token."""

    def __init__(self, app: Flask, headers: Headers) -> None:
        self._client, self._headers = app.test_client(), headers

    def __call__(self, method: str, path: str, match: str = "", **more: Any) -> Any:
        """The answer to a request."""
        headers = {**self._headers, **({"If-Match": match} if match else {})}
        return self._client.open(f"{API}{path}", method=method, headers=headers, **more)
