"""What went wrong, said once: as a page for people, as a problem (RFC 9457) for programs."""

import logging
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from library import damage
from library.capture.intake import AlreadyHereError
from library.capture.quota import in_words
from library.errors import (
    ConflictError,
    InvalidInputError,
    LibraryError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
    StorageFullError,
    TooLargeError,
    UnusableError,
)
from library.holdings.naming import AmbiguousNameError
from library.searching.answered import KeyReusedError
from web import bodies
from web.context import library, viewer

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[LibraryError], HTTPStatus], ...] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (NotAllowedError, HTTPStatus.FORBIDDEN),
    (ConflictError, HTTPStatus.CONFLICT),
    (KeyReusedError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (InvalidInputError, HTTPStatus.BAD_REQUEST),
    (StorageFullError, HTTPStatus.INSUFFICIENT_STORAGE),
    (NotReadyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (UnusableError, HTTPStatus.SERVICE_UNAVAILABLE),
)

SENTENCES = {
    400: "Something in this address or form could not be understood. Go back and try again.",
    401: "Sign in to do this; a program sends a valid token.",
    403: "This is not yours to see or change.",
    404: "There is nothing at this address, or nothing that you may see.",
    405: "This address does not answer that kind of request.",
    408: "This came too slowly. What arrived of an upload is kept: go on from there.",
    412: "Somebody changed this since you read it. Read it again and repeat your change.",
    415: "This address does not take content of that kind.",
    422: "Some of the values cannot be used; “errors” says which and why.",
    428: "Read the session first and name its ETag in If-Match, so that no change gets lost.",
    429: "Too many attempts from here. Wait a minute, then try again.",
    503: "The library is being closed. Try again in a minute; an upload goes on where it stopped.",
    500: "Something broke on our side. Nothing that you had saved is lost; "
    "the administrator finds the details in the log.",
}

UNUSABLE = (
    "The library cannot be read or written at this moment. Its recordings and notes are not "
    "touched by this; the administrator finds in the log what is wrong and what to do."
)

STALE_FORM = (
    "This form was open in a browser that has signed in or out since, or that keeps no cookies. "
    "Go back, load the page again, and send it once more."
)


def init_app(app: Flask) -> None:
    """Answer every error of *app* in the library's own words."""
    app.register_error_handler(LibraryError, show)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(OSError, show_storage)


def status_of(error: LibraryError) -> HTTPStatus:
    """The HTTP status of an error; what is not the asker's fault stays 500."""
    return next(
        (status for kind, status in STATUS if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def show(error: LibraryError) -> AnyResponse:
    """Answer one of the library's own errors; send a guest to sign in where that would help."""
    status = status_of(error)
    if status is HTTPStatus.FORBIDDEN and not viewer().is_member:
        if not wants_problem() and request.method == "GET":
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        return answer(HTTPStatus.UNAUTHORIZED, "Sign in to do this.")
    if status in {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.INSUFFICIENT_STORAGE}:
        log.error("%s: %s", request.path, error)
    if isinstance(error, UnusableError):
        log.error("%s: %s", request.path, error)
        return answer(status, UNUSABLE)
    return answer(status, str(error), _facts(error))


def _facts(error: LibraryError) -> dict[str, Any]:
    """What a program needs to repeat its request with another choice."""
    if isinstance(error, AlreadyHereError):
        return {"existing_session": error.session_id}
    if isinstance(error, AmbiguousNameError):
        return {"ambiguous_names": [asdict(question) for question in error.questions]}
    return {}


def show_storage(error: OSError) -> AnyResponse:
    """Answer a disk that is full, may not be used or fails; all else is a bug."""
    ours = damage.named(error) if error.errno in damage.FULL | damage.UNUSABLE else None
    if ours is None:
        raise error
    return show(ours)


def show_http(error: HTTPException) -> AnyResponse:
    """Answer what Flask and its extensions refuse, and every bug."""
    if error.response is not None or error.code is None or error.code < 400:
        return AnyResponse.force_type(error.get_response(), request.environ)
    sentence = SENTENCES.get(error.code) or error.description or ""
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        sentence = f"This is larger than this address takes: up to {in_words(bodies.largest())}."
    messages = (getattr(error, "data", None) or {}).get("messages")
    if isinstance(error, CSRFError):
        sentence = STALE_FORM
    response = answer(HTTPStatus(error.code), sentence, {"errors": messages} if messages else {})
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def wants_problem() -> bool:
    """Whether a program is asking: then errors are JSON, not pages."""
    return request.path.startswith(("/api/", "/uploads")) or request.path.endswith(".json")


def answer(status: HTTPStatus, sentence: str, facts: dict[str, Any] | None = None) -> Response:
    """One error as a page or as a problem document; *facts* are for programs."""
    if not wants_problem():
        return Response(_page(status, sentence), status=status)
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": sentence,
        "instance": request.path,
        **(facts or {}),
    }
    response = jsonify(problem)
    response.status_code = status
    response.content_type = "application/problem+json"
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="living-history"'
    return response


def _page(status: HTTPStatus, sentence: str) -> str:
    """Render the error page; a plain one where nobody can be asked who is signed in."""
    try:
        return render_template("error.html", status=status.value, sentence=sentence)
    except LibraryError:
        title = escape(library().settings.site_name)
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f"<h1>{title}</h1><p>{escape(sentence)}</p><p>Error {status.value}</p></html>"
        )
