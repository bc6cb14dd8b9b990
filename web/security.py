"""Who is asking, what a browser may do with our pages, and what is refused before a view runs."""

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
from web import accounts, bodies, context, errors
from web.bodies import READING

OPEN_BEFORE_SETUP = {"static", "setup.page", "setup.create", "healthz.page"}
ONE_CLICK = "alerts.stop"  # the link itself is the secret (RFC 8058)
READ_BY_POST = {"oai.provide"}  # a standard asks for it; nothing is changed, nobody recognised

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

SAME_FOR_ALL = {"static", "healthz.page", "robots.rules"}  # the answer is the same for all
NOT_STORED = "private, no-store"

csrf = CSRFProtect()


def init_app(app: Flask, library: Library) -> None:
    """Guard *app*: keys, cookies, sign-in, request forgery, limits, headers."""
    settings = library.settings
    https = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key or keys.secret(settings.home),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        MAX_CONTENT_LENGTH=bodies.SMALL,  # `bodies` allows more where more is wanted
        MAX_FORM_MEMORY_SIZE=bodies.FORM_OVERHEAD,
        WTF_CSRF_CHECK_DEFAULT=False,  # `_guard` checks: a bearer token needs none
        WTF_CSRF_TIME_LIMIT=None,  # a long text must not be lost because it took an evening
    )
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        # The host is left alone: what a browser names there must not get into our links.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    bodies.init_app(app)
    app.before_request(_guard)
    csrf.init_app(app)
    accounts.init_app(app, settings)

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
            "account": None if g.get("by_token") else accounts.current(),
            "site_name": settings.site_name,
            "may_add": viewer.may_add_sessions(members_may_upload=settings.members_may_upload),
        }


def _guard() -> None:
    """Find out who asks, and turn away what no view should have to handle.

    Raises:
        NotReadyError: nobody administers this library yet.
    """
    if request.endpoint in {"static", "healthz.page"}:
        return
    try:
        _judge()
    except (LibraryError, HTTPException):
        bodies.forget()
        raise
    if not g.get("by_token") and request.endpoint not in {*READ_BY_POST, ONE_CLICK}:
        csrf.protect()


def _judge() -> None:
    """Decide by the head of a request whether its body is wanted.

    Raises:
        LibraryError: it is not.
        HTTPException: it is not.
    """
    bodies.suspect()
    _identify()
    _require_setup()
    if not context.viewer().is_member:
        _turn_guests_away()
    bodies.judge()


def _forbid_storing(response: Response) -> None:
    """Let no browser and no proxy store what depends on who asks (RFC 9111, 5.2.2.5).

    A view may allow more for guests, such as for public sound. For a person who has signed in, or
    a program with a token, nothing may stay on a disk.
    """
    if request.endpoint in SAME_FOR_ALL:
        return
    if context.viewer().is_member:
        response.headers["Cache-Control"] = NOT_STORED
    else:
        response.headers.setdefault("Cache-Control", NOT_STORED)


def _turn_guests_away() -> None:
    """Refuse what only members may ask of the API."""
    if errors.wants_problem() and request.method not in READING:
        abort(401)


def _identify() -> None:
    """Take the viewer from the bearer token (RFC 6750) or else from the sign-in cookie."""
    given = request.authorization
    if given is not None and given.type == "bearer":
        token = tokens.bearer(context.library(), given.token or "")
        if token is None:
            abort(401)
        g.viewer, g.by_token = _at_address(token.viewer), True
        if request.method not in READING and Scope.WRITE not in token.scopes:
            raise NotAllowedError("This token may only read. Make one that may write as well.")
        return
    g.viewer = _at_address(_signed_in())


def _signed_in() -> Viewer:
    account = accounts.current()
    return accounts.viewer_of(account) if account is not None else GUEST


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
        "it shows a link that makes the first one."
    )
