"""One-time codes (TOTP, RFC 6238) as a second step, between the password and the sign-in."""

import base64
import time
from dataclasses import dataclass
from typing import Any

from flask import current_app, session
from passlib.exc import TokenError
from passlib.totp import TOTP

from library.accounts import second_factor
from library.models import Person, SecondFactor, SignInWay
from library.store import Transaction
from web.context import library

PENDING = "second_step"  # in the cookie: who has given the right password
NEW = "second_step_new"  # in the cookie: the sealed secret that is being set up
PATIENCE = 600  # seconds between the password and the code
WINDOW = 30  # seconds that a clock may be off


@dataclass(frozen=True)
class Waiting:
    """A person who gave the right password, or comes from the provider, and has to give a code."""

    person_id: int
    login_key: str
    way: SignInWay  # in which they sign in with the code
    remember: bool
    after: str  # the page that they were going to


def wait(person: Person, way: SignInWay, *, remember: bool, after: str) -> bool:
    """Whether a person has a second step; then this browser has to take it next."""
    with library().reading() as db:
        if second_factor.of(db, person.id) is None:
            return False
    session[PENDING] = {
        "person": person.id,
        "key": person.login_key or "",
        "way": way.value,
        "remember": remember,
        "next": after[:500],
        "at": int(time.time()),
    }
    return True


def waiting() -> Waiting | None:
    """Who has to give a code in this browser, for ten minutes after the password."""
    kept = session.get(PENDING)
    if not kept or "way" not in kept or time.time() - kept["at"] > PATIENCE:
        return None
    return Waiting(
        kept["person"], kept["key"], SignInWay(kept["way"]), kept["remember"], kept["next"]
    )


def fits(db: Transaction, factor: SecondFactor, typed: str) -> bool:
    """Whether a code is the right one now, or one for when the phone is lost; none works twice."""
    try:
        found = (
            _totp()
            .from_json(factor.sealed)
            .match(typed, window=WINDOW, last_counter=factor.last_counter)
        )
    except (TokenError, ValueError):
        return second_factor.spend_code(db, factor, typed)
    factor.last_counter = found.counter
    db.flush()
    return True


def first_fit(sealed: str, typed: str) -> int | None:
    """The period of the first code of a new secret; None when the code is wrong."""
    try:
        return int(_totp().from_json(sealed).match(typed, window=WINDOW).counter)
    except (TokenError, ValueError):
        return None


def new_secret() -> str:
    """A fresh secret, sealed with the library's own, for the cookie and the database."""
    return str(_totp().new().to_json(encrypt=True))


def secret_text(sealed: str) -> str:
    """A secret as people type it into an app, in groups of four."""
    return str(_totp().from_json(sealed).pretty_key(sep=" "))


def picture(sealed: str, email: str) -> str:
    """A secret as a QR code for an app: an SVG as a data address."""
    from qrcode import QRCode
    from qrcode.image.svg import SvgPathImage

    code = QRCode(border=2)
    code.add_data(_totp().from_json(sealed).to_uri(label=email.replace(":", "")))
    svg = code.make_image(image_factory=SvgPathImage).to_string()
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _totp() -> Any:
    issuer = library().settings.site_name.replace(":", "")
    return TOTP.using(secrets={"1": current_app.config["SECRET_KEY"]}, issuer=issuer)
