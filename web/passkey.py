"""The two ceremonies of a passkey (WebAuthn Level 3): it is made, and it signs in.

A challenge waits in the signed cookie for five minutes. That it serves once is kept here, in the
process: a cookie can be sent again. A challenge of an earlier process is none.
"""

import enum
import hmac
import json
import logging
import secrets
import time
from collections.abc import Sequence
from ipaddress import ip_address
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import webauthn
from flask import Flask, current_app, session
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from library.accounts import passkeys, people
from library.accounts.passkeys import NewKey
from library.errors import InvalidInputError, LibraryError
from library.models import Passkey, Person
from library.store import Transaction
from web import addresses
from web.context import library

log = logging.getLogger(__name__)

KEY = "living-history-passkeys"
KEPT = "passkey"  # in the cookie: the challenge that was given out
PATIENCE = 300  # seconds between a challenge and what a device says to it
LONGEST_ID = 1023  # bytes (WebAuthn Level 3, section 5.8.3)
NAMELESS = "Passkeys need a library whose address has a name, and this one has a number."
STANDARD_PORTS = {"http": 80, "https": 443}
UNREADABLE = (  # what bytes end in that no device made
    WebAuthnException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class NoSuchPasskeyError(LibraryError):
    """This passkey does not sign anybody in here. Try again, or use your password."""


class Use(enum.StrEnum):
    """What a challenge is for."""

    ADD = "add"
    SIGN_IN = "sign-in"


class Spent:
    """The challenges that have served, for as long as they could be sent again."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)  # tells this process from earlier ones
        self._until: dict[str, float] = {}
        self._lock = Lock()

    def spend(self, challenge: str) -> bool:
        """Whether a challenge serves now for the first time."""
        with self._lock:
            moment = time.time()
            self._until = {old: end for old, end in self._until.items() if end > moment}
            fresh = challenge not in self._until
            self._until.setdefault(challenge, moment + PATIENCE)
            return fresh


def init_app(app: Flask) -> None:
    """Begin to remember which challenges have served."""
    app.extensions[KEY] = Spent()


def site() -> tuple[str, str]:
    """The name that passkeys are bound to (RP ID), and the origin of our pages.

    Raises:
        InvalidInputError: this site has only a number, which no passkey is bound to.
    """
    try:
        parts = urlsplit(addresses.whole(""))
        host = (parts.hostname or "").encode("idna").decode()
        usual = parts.port in {None, STANDARD_PORTS.get(parts.scheme)}
    except ValueError as error:  # somebody made up the host
        raise InvalidInputError(NAMELESS) from error
    if not host or _is_number(host):
        raise InvalidInputError(NAMELESS)
    return host, f"{parts.scheme}://{host}" + ("" if usual else f":{parts.port}")


def is_possible() -> bool:
    """Whether passkeys can be bound to this site's name."""
    try:
        site()
    except InvalidInputError:
        return False
    return True


def creation(person: Person, known: Sequence[Passkey], label: str) -> dict[str, Any]:
    """What a device is asked when *person* adds a passkey that is to be called *label*.

    Raises:
        InvalidInputError: this site has no name.
    """
    options = webauthn.generate_registration_options(
        rp_id=site()[0],
        rp_name=library().settings.site_name,
        user_id=passkeys.handle(person),
        user_name=person.email or person.name,
        user_display_name=person.name,
        challenge=_give(Use.ADD, person=person.id, label=label),
        timeout=PATIENCE * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            # The sign-in names no keys, so that it tells nothing: a device has to know its own.
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known
        ],
    )
    return _as_json(options)


def created(person_id: int, credential: str) -> tuple[NewKey, str]:
    """The key that a device has made for somebody, and its name; *credential* is JSON.

    Raises:
        InvalidInputError: it is not an answer to what was asked last.
    """
    kept = _taken(Use.ADD)
    rp_id, origin = site()
    try:
        if kept is None or kept["person"] != person_id:
            raise ValueError("nothing was asked")
        parsed = parse_registration_credential_json(credential)
        made = webauthn.verify_registration_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(kept["challenge"]),
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
        if len(made.credential_id) > LONGEST_ID or not _spend(kept):
            raise ValueError("too long, or sent again")
    except UNREADABLE as error:
        log.warning("a passkey was not added: %s", error)
        raise InvalidInputError("That took too long or did not work. Try again.") from error
    key = NewKey(
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[way.value for way in parsed.response.transports or ()],
    )
    return key, str(kept["label"])


def request() -> dict[str, Any]:
    """What a device is asked when somebody signs in: nothing about who that might be.

    Raises:
        InvalidInputError: this site has no name.
    """
    options = webauthn.generate_authentication_options(
        rp_id=site()[0],
        challenge=_give(Use.SIGN_IN),
        timeout=PATIENCE * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def recognise(db: Transaction, credential: str) -> Person:
    """Who signs in with a passkey; *credential* is what the device says, as JSON.

    Raises:
        NoSuchPasskeyError: it is no answer to what was asked last, its key is not known here, or
            its account is closed; which of them is not told.
    """
    kept = _taken(Use.SIGN_IN)
    try:
        if kept is None:
            raise ValueError("nothing was asked")
        passkey = _verified(db, kept, credential)
        if not _spend(kept):
            raise ValueError("it was sent again")
    except (*UNREADABLE, InvalidInputError) as error:
        log.warning("a sign-in with a passkey was refused: %s", error)
        raise NoSuchPasskeyError from error
    if not people.may_sign_in(passkey.person):
        raise NoSuchPasskeyError
    return passkey.person


def _verified(db: Transaction, kept: dict[str, Any], credential: str) -> Passkey:
    """The passkey that has signed the challenge; its use is noted.

    Raises:
        ValueError, WebAuthnException: none has.
    """
    rp_id, origin = site()
    parsed = parse_authentication_credential_json(credential)
    passkey = passkeys.by_credential(db, bytes_to_base64url(parsed.raw_id))
    if passkey is None:
        raise ValueError("the key is not known")
    handle = parsed.response.user_handle or b""
    if not hmac.compare_digest(handle, passkeys.handle(passkey.person)):
        raise ValueError("the key is another account's")
    proof = webauthn.verify_authentication_response(
        credential=parsed,
        expected_challenge=base64url_to_bytes(kept["challenge"]),
        expected_rp_id=rp_id,
        expected_origin=origin,
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    passkeys.note_use(db, passkey, proof.new_sign_count)
    return passkey


def _give(use: Use, **more: Any) -> bytes:
    challenge = secrets.token_bytes(32)
    session[KEPT] = {
        **more,
        "use": use.value,
        "challenge": bytes_to_base64url(challenge),
        "at": int(time.time()),
        "run": _spent().run,
    }
    return challenge


def _taken(use: Use) -> dict[str, Any] | None:
    """The challenge that this browser was given, which leaves the cookie."""
    kept: dict[str, Any] | None = session.pop(KEPT, None)
    if kept is None or kept["use"] != use or kept["run"] != _spent().run:
        return None
    return kept if time.time() - kept["at"] <= PATIENCE else None


def _spend(kept: dict[str, Any]) -> bool:
    return _spent().spend(kept["challenge"])


def _spent() -> Spent:
    spent: Spent = current_app.extensions[KEY]
    return spent


def _as_json(options: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return told


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
