"""Sign-in by Flask-Security over the library's own people."""

from typing import Any, cast

from flask import Flask
from flask_login import current_user
from flask_security import RoleMixin, Security, UserDatastore, UserMixin, hash_password, login_user

from library.access import Viewer
from library.accounts import people
from library.models import Person, Role
from library.settings import Settings
from web import context, second_step

SHORTEST_PASSWORD = 10  # characters

CONFIG: dict[str, Any] = {
    "REMEMBER_COOKIE_HTTPONLY": True,
    "REMEMBER_COOKIE_SAMESITE": "Lax",
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # OWASP's figures for Argon2id: 19 MiB, two passes, one lane.
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19456,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST_PASSWORD,
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGIN_USER_TEMPLATE": "account/sign_in.html",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_VERIFY_URL": "/account/verify",
    "SECURITY_VERIFY_TEMPLATE": "account/verify.html",
    "SECURITY_CHANGEABLE": True,
    "SECURITY_CHANGE_URL": "/account/password",
    "SECURITY_CHANGE_PASSWORD_TEMPLATE": "account/password.html",
    "SECURITY_POST_CHANGE_VIEW": "/account",
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
        "This e-mail address and password do not belong together. Try again.",
        "error",
    ),
}


class Account(UserMixin):  # type: ignore[misc]
    """A person as Flask-Security sees one."""

    fs_uniquifier: str | None = None

    def __init__(self, person: Person) -> None:
        self.id = person.id
        self.name = person.name
        self.email = person.email
        self.role = person.role
        self.password = person.password_hash
        self.active = people.may_sign_in(person)
        self.fs_uniquifier = person.login_key
        self.roles: list[RoleMixin] = []  # the library has its own: `Viewer`

    def verify_auth_token(self, tdata: dict[str, Any]) -> bool:  # noqa: ARG002
        """Refuse Flask-Security's own tokens: ours are listed, labelled and revocable."""
        return False


class Accounts(UserDatastore):  # type: ignore[misc]
    """Flask-Security's way to the people of the library."""

    def __init__(self) -> None:
        super().__init__(Account, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **given: Any) -> Account | None:  # noqa: ARG002, FBT001, FBT002
        """The account with this address or this sign-in key."""
        with context.library().reading() as db:
            if "email" in given:
                person = people.by_email(db, str(given["email"]))
            else:
                person = people.by_login_key(db, str(given.get("fs_uniquifier", "")))
        return Account(person) if person is not None else None

    def find_role(self, role: str) -> RoleMixin | None:  # noqa: ARG002
        """Nothing: the library has its own roles."""
        return None

    def put(self, account: Account) -> Account:
        """Keep a changed password, and the key that ends earlier sign-ins."""
        with context.library().transaction() as db:
            person = people.get(db, account.id)
            person.password_hash = account.password
            person.login_key = account.fs_uniquifier
        return account

    def commit(self) -> None:
        """Do nothing more: `put` has committed."""


def init_app(app: Flask, settings: Settings) -> None:
    """Let people sign in, sign out and change their password."""
    app.config.update(CONFIG)
    app.config["REMEMBER_COOKIE_SECURE"] = settings.public_url.startswith("https://")
    security = Security(app, Accounts())
    security.two_factor_plugins = second_step.Gate()


def current() -> Account | None:
    """The account that the sign-in cookie speaks for."""
    return cast(Account, current_user) if current_user.is_authenticated else None


def sign_in(person: Person, *, remember: bool = False) -> None:
    """Sign somebody in on this browser; a closed account stays outside."""
    login_user(Account(person), remember=remember)


def knows_password(account: Account, password: str) -> bool:
    """Whether somebody who is signed in can also give their password."""
    return bool(account.password and password) and bool(
        account.verify_and_update_password(password)
    )


def viewer_of(account: Account) -> Viewer:
    """What access rules need to know of an account."""
    return Viewer(person_id=account.id, role=Role(account.role))


def hashed(password: str) -> str:
    """A password as it is kept (Argon2id, RFC 9106)."""
    return str(hash_password(password))
