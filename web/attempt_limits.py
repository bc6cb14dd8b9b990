"""Rate limits for attempts at passwords and codes, per client address and per account."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from library.accounts import email_addresses, people
from library.settings import Settings
from web.accounts import login_manager, totp
from web.accounts.failed_attempts import AttemptLimiter
from web.http.context import has_proof, library

SIGN_IN = "security.login"
CODE = "second_steps.enter"

BY_ADDRESS = (
    SIGN_IN,
    "security.change_password",
    "security.verify",
    "account.accept",
    "lost_password.ask",
    "lost_password.save",
    "join.ask",
    CODE,
    "second_steps.begin",
    "second_steps.confirm",
    "second_steps.renew",
    "second_steps.end",
    "leaving.leave",
    "leaving.delete",
    "passkeys.sign_in",
    "passkeys.begin",
    "passkeys.remove",
)
BY_ACCOUNT = (
    SIGN_IN,
    "security.change_password",
    "security.verify",
    CODE,
    "second_steps.begin",
    "second_steps.renew",
    "second_steps.end",
    "leaving.leave",
    "leaving.delete",
    "passkeys.begin",
    "passkeys.remove",
)


def init_app(app: Flask, settings: Settings) -> None:
    """Limit the routes that check a password or code, or send an e-mail."""
    app.config["RATELIMIT_HEADERS_ENABLED"] = True  # sends Retry-After
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    by_address = limiter.limit(settings.sign_in_limit, methods=["POST"])
    tries = AttemptLimiter(settings.account_limit)
    for endpoint in BY_ACCOUNT:
        app.view_functions[endpoint] = _counted(app.view_functions[endpoint], endpoint, tries)
    for endpoint in BY_ADDRESS:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = by_address(view)


def _counted(view: Callable[..., Any], endpoint: str, tries: AttemptLimiter) -> Callable[..., Any]:
    """Wrap a view with the limit of failed attempts per account. Successes are not counted."""

    @wraps(view)
    def counted(*args: Any, **values: Any) -> Any:
        if request.method != "POST":
            return view(*args, **values)
        account = _account(endpoint)
        tries.begin(account)
        try:
            return view(*args, **values)
        finally:
            if has_proof():
                tries.forgive(account)

    return counted


def _account(endpoint: str) -> str:
    """Return the rate-limit key of the account that an attempt is for.

    The key is the id of the account. An e-mail address without an account is normalized and used
    as the key. A request that names no account uses the client address.

    For a sign-in, the key comes from the submitted e-mail address, even if the client is signed
    in. Otherwise a signed-in client could bypass the limit of another account.
    """
    if endpoint == SIGN_IN:
        email = login_manager.submitted_fields().get("email", "")
        with library().reading() as db:
            person = people.by_email(db, email)
        if person is None:
            return f"address {email_addresses.normal(email)[:254]}"
        return f"person {person.id}"
    if endpoint == CODE and (waiting := totp.pending_second_step()) is not None:
        return f"person {waiting.person_id}"
    account = login_manager.current()
    return f"person {account.id}" if account is not None else f"from {get_remote_address()}"
