"""Sign-in state of a request, with Flask-Login. People and sign-ins are stored in the library."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from library.access import Viewer
from library.accounts import passwords, people, sign_ins
from library.errors import NotAllowedError
from library.models import Person, Role, SignIn, SignInWay
from library.settings import Settings
from web.accounts import browser_names
from web.http.context import library, record_valid_credential

FLASHES = "_flashes"  # in the cookie: flash messages for the next page


class Account(UserMixin):  # type: ignore[misc]
    """Signed-in person in the form that Flask-Login expects."""

    def __init__(self, row: SignIn, token: str) -> None:
        person = row.person
        self.id = person.id
        self.name = person.name
        self.email = person.email
        self.role = person.role
        self.password = person.password_hash
        self.sign_in = row
        self.token = token

    def get_id(self) -> str:
        """Return the token of this sign-in, which the cookies contain."""
        return self.token


def init_app(app: Flask, settings: Settings) -> None:
    """Set up Flask-Login, which loads the signed-in account from a cookie."""
    app.config.update(
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.public_url.startswith("https://"),
        REMEMBER_COOKIE_DURATION=timedelta(days=settings.sign_in_days),
    )
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = None  # only the database row decides when a sign-in ends
    manager.user_loader(_load)


def current() -> Account | None:
    """Return the account of the sign-in cookie; None if the request has none."""
    return cast(Account, current_user) if current_user.is_authenticated else None


def require() -> Account:
    """Return the account that is signed in with a browser.

    Raises:
        NotAllowedError: The request has no browser sign-in. An API token is not enough.
    """
    if (account := current()) is None:
        raise NotAllowedError
    return account


def authenticate(email: str, password: str) -> Person | None:
    """Return the person with this address and password; None if they do not match.

    Each call computes one password hash and makes one database query, also for an unknown address.
    """
    with library().reading() as db:
        person = people.by_email(db, email)
    found = passwords.check(person.password_hash if person else None, password)
    if person is None or not found.right or not people.may_sign_in(person):
        return None
    record_valid_credential()
    _store_rehash(person.id, found.renewed)
    return person


def knows_password(account: Account, password: str) -> bool:
    """Return whether *password* is the password of the account."""
    found = passwords.check(account.password, password)
    _store_rehash(account.id, found.renewed)
    return found.right


def sign_in(person: Person, way: SignInWay, *, remember: bool = False) -> None:
    """Sign a person in on this browser with new cookies. Do nothing for a closed account."""
    if not people.may_sign_in(person):
        return
    agent = browser_names.described(request.user_agent.string)
    start = sign_ins.Start(
        way=way, remembered=remember, browser=agent, address=request.remote_addr or ""
    )
    # Sign-in must work on a full disk: a person signs in to take data back, which frees space.
    with library().transaction(on_full_disk=True) as db:
        if (before := current()) is not None:
            sign_ins.end_token(db, before.token)
        token = sign_ins.begin(db, library().settings, person.id, start)
        row = sign_ins.by_token(db, token)
    if row is None:  # the lifetime of sign-ins is zero in the settings
        return
    _forget_cookie()
    login_user(Account(row, token), remember=remember)


def sign_in_again(person: Person) -> None:
    """Sign the person in again on this browser, after all their sign-ins were ended."""
    before = require().sign_in
    sign_in(person, before.way, remember=before.remembered)


def sign_out() -> None:
    """End the sign-in of this browser on the server, and delete its cookies."""
    account = current()
    token = account.token if account is not None else None
    _forget_cookie()
    logout_user()  # delete the cookies even if the database cannot be written
    if token is not None:
        with library().transaction(on_full_disk=True) as db:
            sign_ins.end_token(db, token)


def viewer_of(account: Account) -> Viewer:
    """Return the person of an account as the viewer for access rules."""
    return Viewer(person_id=account.id, role=Role(account.role))


def submitted_fields() -> Mapping[str, str]:
    """Return the fields of the submitted form, or of the submitted JSON object, as text."""
    if not request.is_json:
        return request.form
    given = request.get_json(silent=True)
    fields: dict[Any, Any] = given if isinstance(given, dict) else {}
    return {str(name): _text(value) for name, value in fields.items()}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "y" if value else ""
    return value if isinstance(value, str) else ""


def _load(token: str) -> Account | None:
    """Return the account of a sign-in cookie; None if the sign-in or the account has ended."""
    with library().reading() as db:
        row = sign_ins.by_token(db, str(token))
    if row is None or not people.may_sign_in(row.person):
        return None
    sign_ins.note_use(library(), row)
    return Account(row, str(token))


def _store_rehash(person_id: int, renewed: str | None) -> None:
    """Store a new hash of the same password, made with current parameters. Do nothing for None."""
    if renewed is not None:
        with library().transaction() as db:
            people.get(db, person_id).password_hash = renewed


def _forget_cookie() -> None:
    """Clear the session cookie at sign-in and sign-out, except for flash messages.

    An attacker who planted the cookie knows its CSRF token (session fixation).
    """
    flashes = session.get(FLASHES)
    session.clear()
    g.pop("csrf_token", None)
    if flashes:
        session[FLASHES] = flashes
