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
from library.translation import mark
from web.http.context import library

log = logging.getLogger(__name__)

KEY = "living-history-oidc"
PATIENCE = 10  # seconds: timeout of a request to the provider
# "none" and HMAC are not accepted: the provider must sign with its own private key.
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
UNTRUSTED = (  # exceptions caused by a provider that cannot be reached or trusted
    AuthlibBaseError,
    JoseError,
    requests.RequestException,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class ProviderError(LibraryError):
    """Error for a sign-in that the provider did not complete."""

    message = mark("The sign-in with your other account failed. Try again, or use your password.")


@dataclass(frozen=True)
class OidcIdentity:
    """Identity that the provider has confirmed; `email` is verified."""

    name: str
    email: str


def init_app(app: Flask, settings: Settings) -> None:
    """Register the provider with *app*, if one is configured.

    Raises:
        InvalidInputError: The URL of the issuer is not HTTPS, and its host is not this machine.
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
    """Return whether a provider is configured."""
    return KEY in current_app.extensions


def begin(back: str) -> Response:
    """Begin a sign-in: return the redirect to the provider, with state, nonce and PKCE.

    Args:
        back: Address to which the provider redirects afterwards.

    Raises:
        NotFoundError: No provider is configured.
        ProviderError: The provider cannot be reached or its metadata is not trusted.
    """
    provider = _provider()
    try:
        _checked_metadata(provider)
        answer: Response = provider.authorize_redirect(back)
    except UNTRUSTED as error:
        log.warning("the OpenID Connect provider cannot be used: %s", error)
        raise ProviderError from error
    return answer


def callback() -> OidcIdentity:
    """Return the identity that the provider has confirmed, from the callback request.

    Raises:
        NotFoundError: No provider is configured.
        ProviderError: The response is not trusted, or the e-mail address is not verified.
    """
    provider = _provider()
    try:
        _checked_metadata(provider)
        claims = provider.authorize_access_token()["userinfo"]
        if claims.get("email_verified") is not True:
            raise ProviderError(
                mark(
                    "Your other account has no verified e-mail address. Verify the address there, "
                    "then sign in again."
                )
            )
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
        raise ProviderError from error
    return OidcIdentity(name=str(claims.get("name") or email.partition("@")[0]), email=email)


def _provider() -> Any:
    if not is_on():
        raise NotFoundError
    return current_app.extensions[KEY]


def _checked_metadata(provider: Any) -> None:
    """Load the provider's metadata and restrict its signature algorithms to safe ones.

    Raises:
        ValueError: The issuer differs (Discovery 1.0, section 4.3), or no algorithm is safe.
    """
    metadata = provider.load_server_metadata()
    if metadata["issuer"].rstrip("/") != library().settings.oidc_issuer.rstrip("/"):
        raise ValueError("the issuer differs from the configured one")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    safe = [name for name in offered if name in SIGNED_BY]
    if not safe:
        raise ValueError("no safe signature algorithm is offered")
    metadata["id_token_signing_alg_values_supported"] = safe
