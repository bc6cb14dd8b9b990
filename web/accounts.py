"""Who is signed in: Flask-Login over the library's own people and sign-ins."""

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
from web import browsers
from web.context import library, note_proof

FLASHES = "_flashes"  # in the cookie: sentences for the next page


class Account(UserMixin):  # type: ignore[misc]
    """The person behind a sign-in, as Flask-Login sees one."""

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
        """Return what the cookies hold: the token of this one sign-in."""
        return self.token


def init_app(app: Flask, settings: Settings) -> None:
    """Recognise the cookies of people who have signed in."""
    app.config.update(
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.public_url.startswith("https://"),
        REMEMBER_COOKIE_DURATION=timedelta(days=settings.sign_in_days),
    )
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = None  # a sign-in is a row, and has no second kind of end
    manager.user_loader(_load)


def current() -> Account | None:
    """Return the account that the sign-in cookie speaks for."""
    return cast(Account, current_user) if current_user.is_authenticated else None


def require() -> Account:
    """Return the account that is signed in with a browser.

    Raises:
        NotAllowedError: nobody is; a program with a token is not enough.
    """
    if (account := current()) is None:
        raise NotAllowedError
    return account


def recognise(email: str, password: str) -> Person | None:
    """Return the person with this address and password; None where they do not belong together.

    Takes one hashing of a password and one question to the database for every address.
    """
    with library().reading() as db:
        person = people.by_email(db, email)
    found = passwords.check(person.password_hash if person else None, password)
    if person is None or not found.right or not people.may_sign_in(person):
        return None
    note_proof()
    _keep(person.id, found.renewed)
    return person


def knows_password(account: Account, password: str) -> bool:
    """Whether a person who is signed in can also give their password."""
    found = passwords.check(account.password, password)
    _keep(account.id, found.renewed)
    return found.right


def sign_in(person: Person, way: SignInWay, *, remember: bool = False) -> None:
    """Sign a person in on this browser, under new cookies; a closed account stays outside."""
    if not people.may_sign_in(person):
        return
    agent = browsers.described(request.user_agent.string)
    start = sign_ins.Start(
        way=way, remembered=remember, browser=agent, address=request.remote_addr or ""
    )
    # Signing in is possible on a full disk: otherwise words could not be taken back then.
    with library().transaction(on_full_disk=True) as db:
        if (before := current()) is not None:
            sign_ins.end_token(db, before.token)
        token = sign_ins.begin(db, library().settings, person.id, start)
        row = sign_ins.by_token(db, token)
    if row is None:  # the settings let no sign-in last
        return
    _forget_cookie()
    login_user(Account(row, token), remember=remember)


def sign_in_again(person: Person) -> None:
    """Go on under new cookies, after every sign-in of this person was ended."""
    before = require().sign_in
    sign_in(person, before.way, remember=before.remembered)


def sign_out() -> None:
    """End the sign-in of this browser on the server, and its cookies."""
    account = current()
    token = account.token if account is not None else None
    _forget_cookie()
    logout_user()  # in this browser, also where the database cannot be written
    if token is not None:
        with library().transaction(on_full_disk=True) as db:
            sign_ins.end_token(db, token)


def viewer_of(account: Account) -> Viewer:
    """Return what access rules need to know of an account."""
    return Viewer(person_id=account.id, role=Role(account.role))


def sent() -> Mapping[str, str]:
    """Return the fields of a form, or of a JSON object whose values are texts."""
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
    """Return the account of a cookie's token; None when that sign-in has ended."""
    with library().reading() as db:
        row = sign_ins.by_token(db, str(token))
    if row is None or not people.may_sign_in(row.person):
        return None
    sign_ins.note_use(library(), row)
    return Account(row, str(token))


def _keep(person_id: int, renewed: str | None) -> None:
    """Keep the hash of the same password in its present form."""
    if renewed is not None:
        with library().transaction() as db:
            people.get(db, person_id).password_hash = renewed


def _forget_cookie() -> None:
    """Let nothing in the cookie outlive a sign-in or a sign-out, but sentences for the next page.

    A form token from before would be known to a person who had planted the cookie.
    """
    said = session.get(FLASHES)
    session.clear()
    g.pop("csrf_token", None)
    if said:
        session[FLASHES] = said
