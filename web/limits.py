"""How often a secret may be tried: by the address that asks, and by the account that is tried."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from library.accounts import addresses, people
from library.settings import Settings
from web import accounts, second_step
from web.context import has_proof, library
from web.tries import Tries

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
    """Limit what guesses at a secret or has an e-mail sent."""
    app.config["RATELIMIT_HEADERS_ENABLED"] = True  # a refusal says when to come back
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    by_address = limiter.limit(settings.sign_in_limit, methods=["POST"])
    tries = Tries(settings.account_limit)
    for endpoint in BY_ACCOUNT:
        app.view_functions[endpoint] = _counted(app.view_functions[endpoint], endpoint, tries)
    for endpoint in BY_ADDRESS:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = by_address(view)


def _counted(view: Callable[..., Any], endpoint: str, tries: Tries) -> Callable[..., Any]:
    """Let a view be tried only as often as its account may; what proves a secret is no failure."""

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
    """Return the account that is tried: its number, or the one spelling of an unknown address.

    At a sign-in it is the account of the address that was sent, whoever is signed in or waits for
    a code meanwhile: otherwise one's own account would be a way around the limit of another.
    """
    if endpoint == SIGN_IN:
        email = accounts.sent().get("email", "")
        with library().reading() as db:
            person = people.by_email(db, email)
        if person is None:
            return f"address {addresses.normal(email)[:254]}"
        return f"person {person.id}"
    if endpoint == CODE and (waiting := second_step.waiting()) is not None:
        return f"person {waiting.person_id}"
    account = accounts.current()
    return f"person {account.id}" if account is not None else f"from {get_remote_address()}"
