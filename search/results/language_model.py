"""Client of the configured language model: any endpoint with OpenAI's chat completions."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from library.settings import Settings
from library.translation import gettext

Message = dict[str, str]  # role and content

LARGEST = 256 * 1024  # maximum size of a reply in bytes


class NoAnswerError(Exception):
    """The language model gave no answer. The message is shown to the viewer."""


def is_configured(settings: Settings) -> bool:
    """Return whether a language model is configured."""
    return bool(settings.answer_url and settings.answer_model)


def reply(settings: Settings, messages: Sequence[Message], seconds: float) -> str:
    """Return the language model's reply to *messages*, waiting at most *seconds* for it.

    Raises:
        NoAnswerError: the model cannot be reached, times out, or sends an invalid reply.
    """
    body = {"model": settings.answer_model, "messages": messages, "temperature": 0}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.answer_key:
        headers["Authorization"] = f"Bearer {settings.answer_key}"
    try:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked by _address
            _address(settings.answer_url), json.dumps(body).encode(), headers
        )
        raw = _read(request, seconds)
        content = json.loads(raw)["choices"][0]["message"]["content"]
    except TimeoutError as error:
        raise NoAnswerError(
            gettext("The language model took too long. Try again later.")
        ) from error
    except urllib.error.HTTPError as error:
        raise NoAnswerError(
            gettext(
                "The language model refused the request (status %(status)s). "
                "Ask an administrator to check its settings.",
                status=error.code,
            )
        ) from error
    except (OSError, HTTPException) as error:
        raise NoAnswerError(
            gettext("The language model cannot be reached now. Try again later.")
        ) from error
    except (ValueError, LookupError, TypeError) as error:
        raise NoAnswerError(
            gettext("The language model's reply could not be read. Try again later.")
        ) from error
    if not isinstance(content, str):
        raise NoAnswerError(
            gettext("The language model's reply could not be read. Try again later.")
        )
    return content


def _address(url: str) -> str:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise NoAnswerError(
            gettext(
                "The address of the language model must begin with http or https. "
                "Ask an administrator to correct it."
            )
        )
    path = url.rstrip("/")
    return path if path.endswith("/chat/completions") else f"{path}/chat/completions"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Redirect handler that refuses all redirects: texts go only to the configured address."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(request: urllib.request.Request, seconds: float) -> bytes:
    """Return the body of the reply, read completely within *seconds*.

    Raises:
        TimeoutError: the reply is not complete in time.
        ValueError: the reply is larger than `LARGEST` bytes.
    """
    late = time.monotonic() + seconds
    opener = urllib.request.build_opener(_NoRedirects)
    read = b""
    try:
        with opener.open(request, timeout=seconds) as response:
            while piece := response.read1(65536):
                read += piece
                if time.monotonic() > late:
                    raise TimeoutError
                if len(read) > LARGEST:
                    raise ValueError("too large")
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise TimeoutError from error
        raise
    return read
