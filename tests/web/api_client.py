"""API client with a member's token."""

from typing import Any

from flask import Flask

Headers = dict[str, str]
API = "/api/v1"


class Program:
    """Program that sends API requests with a token."""

    def __init__(self, app: Flask, headers: Headers) -> None:
        self._client, self._headers = app.test_client(), headers

    def __call__(self, method: str, path: str, match: str = "", **more: Any) -> Any:
        """Send an API request with the token and return the response."""
        headers = {**self._headers, **({"If-Match": match} if match else {})}
        return self._client.open(f"{API}{path}", method=method, headers=headers, **more)
