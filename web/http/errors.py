"""Error handlers: HTML pages for people, problem documents (RFC 9457) for programs."""

import logging
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from library import storage_errors
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
from library.idempotency import KeyReusedError
from library.sessions.person_lookup import AmbiguousNameError
from library.translation import gettext, mark
from web.http import body_limits
from web.http.context import library, viewer

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
    400: mark("The address or the form contains a value that is not valid. Go back and try again."),
    401: mark("Sign in to do this. Programs must send a valid token."),
    403: mark("You do not have permission to see or change this."),
    404: mark("This page does not exist, or you do not have permission to see it."),
    405: mark(
        "This address does not support that request method. Go back, or see the API documentation."
    ),
    408: mark(
        "The request timed out. The received part of an upload is stored: resume it from there."
    ),
    412: mark("This was changed after you read it. Read it again and repeat your change."),
    415: mark("This address does not accept that content type. See the API documentation."),
    422: mark("Some values are not valid. The field “errors” lists them."),
    428: mark("Read the resource first and send its ETag in the If-Match header."),
    429: mark("Too many attempts. Wait a minute, then try again."),
    503: mark(
        "The server is shutting down. Try again in a minute. Uploads resume where they stopped."
    ),
    500: mark(
        "An internal error occurred. Your saved data is not affected. "
        "Try again later, or tell an administrator, who finds the details in the log."
    ),
}

UNUSABLE = mark(
    "The library cannot be read or written now. Its recordings and notes are not affected. "
    "Tell an administrator, who finds the cause and the solution in the log."
)

STALE_FORM = mark(
    "This form is out of date, because you signed in or out, or cookies are blocked. "
    "Go back, reload the page and send the form again."
)


def init_app(app: Flask) -> None:
    """Register the error handlers of *app*."""
    app.register_error_handler(LibraryError, show)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(OSError, show_storage)


def status_of(error: LibraryError) -> HTTPStatus:
    """Return the HTTP status of an error; 500 for errors that are not in `STATUS`."""
    return next(
        (status for kind, status in STATUS if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def show(error: LibraryError) -> AnyResponse:
    """Return the response to a `LibraryError`: an error, or a redirect to the sign-in page."""
    status = status_of(error)
    if status is HTTPStatus.FORBIDDEN and not viewer().is_member:
        if not wants_problem() and request.method == "GET":
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        return error_response(HTTPStatus.UNAUTHORIZED, gettext("Sign in to do this."))
    if status in {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.INSUFFICIENT_STORAGE}:
        log.error("%s: %s", request.path, error)
    if isinstance(error, UnusableError):
        log.error("%s: %s", request.path, error)
        return error_response(status, gettext(UNUSABLE))
    return error_response(status, str(error), _facts(error))


def _facts(error: LibraryError) -> dict[str, Any]:
    """Return the extra fields that an error adds to the problem document."""
    if isinstance(error, AlreadyHereError):
        return {"existing_session": error.session_id}
    if isinstance(error, AmbiguousNameError):
        return {"ambiguous_names": [asdict(question) for question in error.questions]}
    return {}


def show_storage(error: OSError) -> AnyResponse:
    """Return the response to a storage error. Re-raise any other `OSError`."""
    ours = (
        storage_errors.to_library_error(error)
        if error.errno in storage_errors.FULL | storage_errors.UNUSABLE
        else None
    )
    if ours is None:
        raise error
    return show(ours)


def show_http(error: HTTPException) -> AnyResponse:
    """Return the response to an `HTTPException`, such as a wrong URL or an internal error."""
    if error.response is not None or error.code is None or error.code < 400:
        return AnyResponse.force_type(error.get_response(), request.environ)
    known = SENTENCES.get(error.code)
    sentence = gettext(known) if known else error.description or ""
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        limit = in_words(body_limits.largest())
        sentence = gettext("The request is too large. The limit is %(size)s.", size=limit)
    messages = (getattr(error, "data", None) or {}).get("messages")
    if isinstance(error, CSRFError):
        sentence = gettext(STALE_FORM)
    response = error_response(
        HTTPStatus(error.code), sentence, {"errors": messages} if messages else {}
    )
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def wants_problem() -> bool:
    """Return True if errors of this request are sent as JSON instead of HTML."""
    return request.path.startswith(("/api/", "/uploads")) or request.path.endswith(".json")


def error_response(
    status: HTTPStatus, sentence: str, facts: dict[str, Any] | None = None
) -> Response:
    """Return an error as an HTML page, or as a problem document with *facts* as extra fields."""
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
    """Render the error page; a plain page if the database cannot be read."""
    try:
        return render_template("error.html", status=status.value, sentence=sentence)
    except LibraryError:
        title = escape(library().settings.site_name)
        number = escape(gettext("Error %(status)s", status=status.value))
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f"<h1>{title}</h1><p>{escape(sentence)}</p><p>{number}</p></html>"
        )
