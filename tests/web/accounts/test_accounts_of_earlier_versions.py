"""Tests that accounts of a version without the table of sign-ins still work after an update.

The earlier version wrote `home_of_0023.json` through its own pages. The file contains database
rows, the secret key, and the passwords, codes and passkey of the accounts.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask
from passlib.totp import TOTP

from library.accounts import people
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, make_at, open_library
from tests.paths import DATA
from tests.web.client import Browser
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine
from tests.web.virtual_passkey import SoftKey

EARLIER: dict[str, Any] = json.loads((DATA / "home_of_0023.json").read_text())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home folder as the earlier version wrote it."""
    made = tmp_path_factory.mktemp("earlier")
    make_at(made / "library.db", EARLIER["schema"])
    (made / "secret_key").write_text(EARLIER["secret_key"])
    with closing(sqlite3.connect(made / "library.db")) as database, database:
        for table in ("person", "second_factor", "passkey"):
            for row in EARLIER[table]:
                marks = ", ".join("?" for _ in row)
                values = [
                    bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for v in row.values()
                ]
                database.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})",  # noqa: S608
                    values,
                )
    return made


@pytest.fixture(scope="module")
def upgraded(home: Path) -> Iterator[Library]:
    """Library after its update to the present version."""
    opened = open_library(Settings(home=home, sign_in_limit="1000 per minute"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(upgraded: Library, home: Path) -> Iterator[Flask]:
    """Site over the updated library."""
    queue = WorkQueue(home)
    yield made_app(library=upgraded, engine=ScanningEngine(upgraded), queue=queue)
    queue.close()


def enter(site: Flask, email: str) -> tuple[Browser, str]:
    """Sign in with the password. Return the browser and the address of the redirect."""
    guest = Browser(site)
    form = {"email": email, "password": EARLIER["passwords"][email]}
    return guest, guest.post("/sign-in", form).location or ""


@pytest.mark.parametrize("email", sorted(EARLIER["passwords"]))
def test_earlier_passwords_sign_in(site: Flask, email: str) -> None:
    """Passwords of the earlier version sign in. With two-step sign-in, a code is requested."""
    _, led = enter(site, email)

    assert led == ("/sign-in/code" if email == EARLIER["second_step"]["email"] else "/")


def test_an_earlier_password_hash_is_replaced(site: Flask, upgraded: Library) -> None:
    """At sign-in, a password with an accent gets a new hash of its Unicode-normalized form."""
    email = next(address for address in EARLIER["passwords"] if address.startswith("bjorn"))
    before = next(row["password_hash"] for row in EARLIER["person"] if row["email"] == email)

    enter(site, email)
    enter(site, email)

    with upgraded.reading() as db:
        person = people.by_email(db, email)
    assert person is not None
    assert (person.password_hash or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert person.password_hash != before


def test_earlier_second_steps_sign_in(site: Flask) -> None:
    """An authenticator secret and a recovery code of the earlier version sign in.

    Each code of the app and each recovery code works once.
    """
    step = EARLIER["second_step"]
    phone = TOTP(key=step["secret"].replace(" ", ""), format="base32")
    guest, _ = enter(site, step["email"])
    code = str(phone.generate(time=time.time()).token)

    led = [guest.post("/sign-in/code", {"code": code}).location]
    for typed in (code, step["codes"][0], step["codes"][0]):
        guest, _ = enter(site, step["email"])
        led.append(guest.post("/sign-in/code", {"code": typed}).location)

    assert led == ["/", None, "/", None]


def test_an_earlier_passkey_signs_in(site: Flask) -> None:
    """A passkey added before the update signs its owner in."""
    key = SoftKey()
    key.id, key.handle = bytes.fromhex(EARLIER["device"]["id"]), EARLIER["device"]["handle"]
    key._key = load_pem_private_key(EARLIER["device"]["key"].encode(), None)
    guest = Browser(site)
    options = guest.get("/sign-in/passkey.json").json

    answer = guest.post("/sign-in/passkey", {"credential": key.sign(dict(options or {}))})

    assert answer.location == "/"
    assert EARLIER["device"]["email"] in guest.get("/account").text


def test_earlier_cookies_do_not_sign_in(site: Flask) -> None:
    """Cookies of the earlier version do not sign in, because the server could not end them."""
    guest = site.test_client()
    for name, value in EARLIER["cookies"].items():
        guest.set_cookie(name, value)

    assert guest.get("/account").status_code == 302
