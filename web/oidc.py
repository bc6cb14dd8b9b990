"""Sign-in by OpenID Connect (Core 1.0, Discovery 1.0) with the provider in the settings."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from library.errors import InvalidInputError, LibraryError, NotFoundError
from library.settings import Settings
from web.context import library

log = logging.getLogger(__name__)

KEY = "living-history-oidc"
PATIENCE = 10  # seconds that the provider may take
# "none" and those with a shared secret are left out: a provider signs with a key of its own.
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
UNTRUSTED = (  # what a provider that cannot be reached, or is not honest, ends in
    AuthlibBaseError,
    JoseError,
    requests.RequestException,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class ElsewhereError(LibraryError):
    """Signing in there did not work. Try again, or use your password."""


@dataclass(frozen=True)
class Known:
    """Whom the provider has recognised; `email` is verified."""

    name: str
    email: str


def init_app(app: Flask, settings: Settings) -> None:
    """Get *app* ready for the provider, if there is one.

    Raises:
        InvalidInputError: the way to it would not be protected.
    """
    if not settings.oidc_issuer:
        return
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and issuer.hostname not in LOOPBACK:
        raise InvalidInputError("LIVING_HISTORY_OIDC_ISSUER must begin with https://.")
    oauth = OAuth(app)
    app.extensions[KEY] = oauth.register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",  # PKCE (RFC 7636)
            "default_timeout": PATIENCE,
        },
    )


def is_on() -> bool:
    """Whether there is a provider."""
    return KEY in current_app.extensions


def leave(back: str) -> Response:
    """The way to the provider, which leads to *back*; state, nonce and PKCE go along.

    Raises:
        NotFoundError: there is no provider.
        ElsewhereError: it cannot be reached.
    """
    provider = _provider()
    try:
        _checked_metadata(provider)
        answer: Response = provider.authorize_redirect(back)
    except UNTRUSTED as error:
        log.warning("the OpenID Connect provider cannot be used: %s", error)
        raise ElsewhereError from error
    return answer


def come_back() -> Known:
    """Whom the provider has recognised, from the address that it led back to.

    Raises:
        NotFoundError: there is no provider.
        ElsewhereError: what it says cannot be trusted, or the address is not verified.
    """
    provider = _provider()
    try:
        _checked_metadata(provider)
        claims = provider.authorize_access_token()["userinfo"]
        if claims.get("email_verified") is not True:
            raise ElsewhereError("Your e-mail address is not verified there. Verify it first.")
        email = str(claims["email"])
    except (
        AuthlibBaseError,
        JoseError,
        requests.RequestException,
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
    ) as error:
        log.warning("an OpenID Connect sign-in was refused: %s", error)
        raise ElsewhereError from error
    return Known(name=str(claims.get("name") or email.partition("@")[0]), email=email)


def _provider() -> Any:
    if not is_on():
        raise NotFoundError
    return current_app.extensions[KEY]


def _checked_metadata(provider: Any) -> None:
    """Read what the provider says about itself, and believe only what is safe.

    Raises:
        ValueError: it calls itself by another name (Discovery 1.0, section 4.3).
    """
    metadata = provider.load_server_metadata()
    if metadata["issuer"].rstrip("/") != library().settings.oidc_issuer.rstrip("/"):
        raise ValueError("the issuer is another")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    safe = [name for name in offered if name in SIGNED_BY]
    if not safe:
        raise ValueError("no safe signature is offered")
    metadata["id_token_signing_alg_values_supported"] = safe
