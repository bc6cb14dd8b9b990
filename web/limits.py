"""How often somebody may try: by the address that they come from, and by the account."""

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from library.settings import Settings
from web import accounts, second_step

BY_ADDRESS = (
    "security.login",
    "security.change_password",
    "security.verify",
    "account.accept",
    "lost_password.ask",
    "lost_password.save",
    "join.ask",
    "second_steps.enter",
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
    "security.login",
    "security.change_password",
    "security.verify",
    "second_steps.enter",
    "second_steps.begin",
    "second_steps.renew",
    "second_steps.end",
    "leaving.leave",
    "leaving.delete",
    "passkeys.begin",
    "passkeys.remove",
)


def init_app(app: Flask, settings: Settings) -> None:
    """Limit what guesses at a secret or has a letter written."""
    app.config["RATELIMIT_HEADERS_ENABLED"] = True  # a refusal says when to come back
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    by_address = limiter.limit(settings.sign_in_limit, methods=["POST"])
    by_account = limiter.limit(
        settings.account_limit, key_func=_account, methods=["POST"], deduct_when=_failed
    )
    for endpoint in BY_ACCOUNT:
        _wrap(app, endpoint, by_account)
    for endpoint in BY_ADDRESS:
        _wrap(app, endpoint, by_address)


def _wrap(app: Flask, endpoint: str, limit: Any) -> None:
    view: Any = app.view_functions[endpoint]
    app.view_functions[endpoint] = limit(view)


def _account() -> str:
    """Which account is tried, whether it exists or not."""
    if (signed_in := accounts.current()) is not None:
        return f"account:{signed_in.email}"
    if (waiting := second_step.waiting()) is not None:
        return f"step:{waiting.person_id}"
    return f"account:{request.form.get('email', '').strip().lower()[:254]}"


def _failed(response: Response) -> bool:
    """Whether a try did not lead on: only then it counts against the account."""
    return response.status_code != 302
