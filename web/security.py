"""Authentication, security headers, and checks that run before the views."""

from dataclasses import replace
from typing import Any

from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from library import keys
from library.access import GUEST, Viewer
from library.accounts import people, tokens
from library.errors import LibraryError, NotAllowedError, NotReadyError
from library.models import Scope
from library.store import Library
from web.accounts import login_manager
from web.http import body_limits, context, errors
from web.http.body_limits import READING

OPEN_BEFORE_SETUP = {"static", "setup.page", "setup.create", "healthz.page"}
ONE_CLICK = "alerts.stop"  # no CSRF token: the link contains a secret (RFC 8058)
READ_BY_POST = {"oai.provide"}  # OAI-PMH requires POST; it changes nothing and ignores sign-in

POLICY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

SAME_FOR_ALL = {"static", "healthz.page", "robots.rules"}  # responses do not depend on the viewer
NOT_STORED = "private, no-store"

csrf = CSRFProtect()


def init_app(app: Flask, library: Library) -> None:
    """Set up secret key, cookies, authentication, CSRF protection, body limits and headers."""
    settings = library.settings
    https = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key or keys.secret(settings.home),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        MAX_CONTENT_LENGTH=body_limits.SMALL,  # `body_limits` allows more per route
        MAX_FORM_MEMORY_SIZE=body_limits.FORM_OVERHEAD,
        WTF_CSRF_CHECK_DEFAULT=False,  # `_guard` checks it, but not for API tokens
        WTF_CSRF_TIME_LIMIT=None,  # a form may be open for hours
    )
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        # Without `x_host`: a client could set this header and thereby the host of links.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    body_limits.init_app(app)
    app.before_request(_guard)
    csrf.init_app(app)
    login_manager.init_app(app, settings)

    @app.after_request
    def send_policy(response: Response) -> Response:
        for name, value in POLICY.items():
            response.headers.setdefault(name, value)
        _forbid_storing(response)
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    @app.context_processor
    def who() -> dict[str, Any]:
        viewer = context.viewer()
        return {
            "viewer": viewer,
            "account": None if g.get("by_token") else login_manager.current(),
            "site_name": settings.site_name,
            "may_add": viewer.may_add_sessions(members_may_upload=settings.members_may_upload),
        }


def _guard() -> None:
    """Authenticate the viewer, and reject requests that must not reach a view.

    Raises:
        LibraryError: The request is not allowed, or the library has no administrator yet.
        HTTPException: The credential, the CSRF token or the request is not valid.
    """
    if request.endpoint in {"static", "healthz.page"}:
        return
    try:
        _judge()
    except (LibraryError, HTTPException):
        body_limits.discard_body()
        raise
    if not g.get("by_token") and request.endpoint not in {*READ_BY_POST, ONE_CLICK}:
        csrf.protect()


def _judge() -> None:
    """Check the head of a request, before its body is read.

    Raises:
        LibraryError: The viewer may not send this request, or its body exceeds a limit.
        HTTPException: The URL or method does not exist, or the viewer is not authenticated.
    """
    body_limits.apply_guest_limit()
    _identify()
    _require_setup()
    if not context.viewer().is_member:
        _turn_guests_away()
    body_limits.check_request()


def _forbid_storing(response: Response) -> None:
    """Set `Cache-Control: no-store` on responses that depend on the viewer (RFC 9111, 5.2.2.5).

    A view may allow caching for guests, for example of public audio. Responses to members, also
    those with a token, are never stored.
    """
    if request.endpoint in SAME_FOR_ALL:
        return
    if context.viewer().is_member:
        response.headers["Cache-Control"] = NOT_STORED
    else:
        response.headers.setdefault("Cache-Control", NOT_STORED)


def _turn_guests_away() -> None:
    """Abort with 401 if a guest sends an API or upload request that changes data."""
    if errors.wants_problem() and request.method not in READING:
        abort(401)


def _identify() -> None:
    """Set `g.viewer` from the bearer token (RFC 6750), or else from the sign-in cookie.

    Raises:
        Unauthorized: The token is unknown or no longer valid.
        NotAllowedError: The token has no write scope, and the request changes data.
    """
    given = request.authorization
    if given is not None and given.type == "bearer":
        token = tokens.bearer(context.library(), given.token or "")
        if token is None:
            abort(401)
        g.viewer, g.by_token = _at_address(token.viewer), True
        if request.method not in READING and Scope.WRITE not in token.scopes:
            raise NotAllowedError("This token may only read. Create a token that may also write.")
        return
    g.viewer = _at_address(_signed_in())


def _signed_in() -> Viewer:
    account = login_manager.current()
    return login_manager.viewer_of(account) if account is not None else GUEST


def _at_address(viewer: Viewer) -> Viewer:
    return replace(viewer, address=request.remote_addr or "")


def _require_setup() -> None:
    if request.endpoint in OPEN_BEFORE_SETUP or g.viewer.is_member:
        return
    with context.library().reading() as db:
        if people.has_admin(db):
            return
    raise NotReadyError(
        "This library has no administrator yet. Look at the terminal that started it: "
        "it shows a link that creates the first administrator."
    )
