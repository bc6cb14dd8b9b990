"""One-time codes (TOTP, RFC 6238) as the second step between the password and the sign-in."""

import base64
import time
from dataclasses import dataclass
from typing import Any

from flask import current_app, session
from passlib.exc import TokenError
from passlib.totp import TOTP

from library.accounts import two_factor
from library.models import Person, SecondFactor, SignInWay
from library.store import Transaction
from web.http.context import library

PENDING = "second_step"  # in the cookie: the person who has passed the first step
NEW = "second_step_new"  # in the cookie: the encrypted secret during setup
PATIENCE = 600  # seconds between the password and the code
WINDOW = 30  # seconds of clock drift that are accepted


@dataclass(frozen=True)
class Waiting:
    """Person who has passed the first step and has to give a code.

    Attributes:
        person_id: Id of the person.
        login_key: Value of `Person.login_key` at the first step. The value changes with a new
            password and when all sign-ins are ended. Then the first step has to be repeated.
        way: Method to store with the sign-in once the code is valid, such as password and code.
        remember: Whether “Stay signed in” was chosen.
        after: Page to open after the sign-in.
    """

    person_id: int
    login_key: str
    way: SignInWay
    remember: bool
    after: str


def start_second_step(person: Person, way: SignInWay, *, remember: bool, after: str) -> bool:
    """Start the second step in this browser. Return False if two-step sign-in is off.

    `Waiting` describes *way*, *remember* and *after*.
    """
    with library().reading() as db:
        if two_factor.for_person(db, person.id) is None:
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


def pending_second_step() -> Waiting | None:
    """Return the second step that waits in this browser; None if there is none or it expired."""
    pending = session.get(PENDING)
    if not pending or "way" not in pending or time.time() - pending["at"] > PATIENCE:
        return None
    return Waiting(
        pending["person"],
        pending["key"],
        SignInWay(pending["way"]),
        pending["remember"],
        pending["next"],
    )


def verify_code(db: Transaction, factor: SecondFactor, typed: str) -> bool:
    """Return whether a one-time code or recovery code is valid. Each code is valid only once."""
    try:
        found = (
            _totp()
            .from_json(factor.sealed)
            .match(typed, window=WINDOW, last_counter=factor.last_counter)
        )
    except (TokenError, ValueError):
        return two_factor.use_recovery_code(db, factor, typed)
    factor.last_counter = found.counter
    db.flush()
    return True


def verify_first_code(sealed: str, typed: str) -> int | None:
    """Check the first code that a person typed for a new secret (*sealed*: the encrypted secret).

    Returns the time step of the code (RFC 6238); None for a wrong code.
    """
    try:
        return int(_totp().from_json(sealed).match(typed, window=WINDOW).counter)
    except (TokenError, ValueError):
        return None


def new_secret() -> str:
    """Return a new TOTP secret, encrypted with the key of the library."""
    return str(_totp().new().to_json(encrypt=True))


def secret_text(sealed: str) -> str:
    """Decrypt a secret and format it for typing into an app, in groups of four characters."""
    return str(_totp().from_json(sealed).pretty_key(sep=" "))


def qr_code(sealed: str, email: str) -> str:
    """Return the QR code of a secret as an SVG image in a data URL."""
    from qrcode import QRCode
    from qrcode.image.svg import SvgPathImage

    code = QRCode(border=2)
    code.add_data(_totp().from_json(sealed).to_uri(label=email.replace(":", "")))
    svg = code.make_image(image_factory=SvgPathImage).to_string()
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _totp() -> Any:
    issuer = library().settings.site_name.replace(":", "")
    return TOTP.using(secrets={"1": current_app.config["SECRET_KEY"]}, issuer=issuer)
