"""The two WebAuthn ceremonies (Level 3): registration and authentication of a passkey.

A challenge is stored in the signed cookie for five minutes. Its single use is tracked in this
process, because a cookie can be sent again. Challenges of an earlier process are not valid.
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
from library.translation import mark
from web.http.context import library
from web.rendering import urls

log = logging.getLogger(__name__)

KEY = "living-history-passkeys"
COOKIE_KEY = "passkey"  # key of the issued challenge in the cookie
PATIENCE = 300  # seconds between a challenge and the response of the device
LONGEST_ID = 1023  # bytes (WebAuthn Level 3, section 5.8.3)
NAMELESS = mark(
    "Passkeys do not work at an IP address. Ask the administrator for the host name of this "
    "library."
)
STANDARD_PORTS = {"http": 80, "https": 443}
UNREADABLE = (  # exceptions caused by malformed responses
    WebAuthnException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class NoSuchPasskeyError(LibraryError):
    """Error for a passkey that is not known or not valid."""

    message = mark("This passkey does not sign you in here. Try again, or use your password.")


class Use(enum.StrEnum):
    """Purpose of a WebAuthn challenge: registration of a passkey, or sign-in."""

    ADD = "add"
    SIGN_IN = "sign-in"


class UsedChallenges:
    """Used challenges, remembered until they expire."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)  # marks challenges of this process
        self._until: dict[str, float] = {}
        self._lock = Lock()

    def spend(self, challenge: str) -> bool:
        """Mark a challenge as used. Return False if it was used before."""
        with self._lock:
            moment = time.time()
            self._until = {old: end for old, end in self._until.items() if end > moment}
            fresh = challenge not in self._until
            self._until.setdefault(challenge, moment + PATIENCE)
            return fresh


def init_app(app: Flask) -> None:
    """Create the store of used challenges for *app*."""
    app.extensions[KEY] = UsedChallenges()


def site() -> tuple[str, str]:
    """Return the RP ID of passkeys and the origin of the pages.

    Raises:
        InvalidInputError: The address of the site is an IP address or not valid.
    """
    try:
        parts = urlsplit(urls.absolute_url(""))
        host = (parts.hostname or "").encode("idna").decode()
        usual = parts.port in {None, STANDARD_PORTS.get(parts.scheme)}
    except ValueError as error:  # the Host header is not valid
        raise InvalidInputError(NAMELESS) from error
    if not host or _is_number(host):
        raise InvalidInputError(NAMELESS)
    return host, f"{parts.scheme}://{host}" + ("" if usual else f":{parts.port}")


def is_possible() -> bool:
    """Return whether this site has a host name for passkeys."""
    try:
        site()
    except InvalidInputError:
        return False
    return True


def registration_options(person: Person, known: Sequence[Passkey], label: str) -> dict[str, Any]:
    """Return the registration options for a new passkey of *person* named *label*.

    The device then refuses to create a second passkey if it has one of the *known* passkeys.

    Raises:
        InvalidInputError: The site has no host name.
    """
    options = webauthn.generate_registration_options(
        rp_id=site()[0],
        rp_name=library().settings.site_name,
        user_id=passkeys.handle(person),
        user_name=person.email or person.name,
        user_display_name=person.name,
        challenge=_new_challenge(Use.ADD, person=person.id, label=label),
        timeout=PATIENCE * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            # The device has to store the key (discoverable credential). At sign-in the library
            # lists no keys, because that would reveal which accounts exist.
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known
        ],
    )
    return _as_json(options)


def verify_registration(person_id: int, credential: str) -> tuple[NewKey, str]:
    """Verify the response of a device to a registration; return the new key and its label.

    Args:
        person_id: Id of the person for whom the challenge was issued.
        credential: Response of the device, as JSON.

    Raises:
        InvalidInputError: The response does not match the last challenge.
    """
    stored = _pop_challenge(Use.ADD)
    rp_id, origin = site()
    try:
        if stored is None or stored["person"] != person_id:
            raise ValueError("no challenge was issued to this browser")
        parsed = parse_registration_credential_json(credential)
        made = webauthn.verify_registration_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(stored["challenge"]),
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
        if len(made.credential_id) > LONGEST_ID or not _spend(stored):
            raise ValueError("the credential id is too long, or the challenge was used before")
    except UNREADABLE as error:
        log.warning("a passkey was not added: %s", error)
        raise InvalidInputError(
            "The passkey was not added: this took too long or did not work. Try again."
        ) from error
    key = NewKey(
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[way.value for way in parsed.response.transports or ()],
    )
    return key, str(stored["label"])


def authentication_options() -> dict[str, Any]:
    """Return the WebAuthn options of a sign-in. The options do not name an account.

    Raises:
        InvalidInputError: The site has no host name.
    """
    options = webauthn.generate_authentication_options(
        rp_id=site()[0],
        challenge=_new_challenge(Use.SIGN_IN),
        timeout=PATIENCE * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def verify_authentication(db: Transaction, credential: str) -> Person:
    """Return the person who signs in with the response of a device. *credential* is JSON.

    Raises:
        NoSuchPasskeyError: The response does not match the challenge, the key is unknown, or the
            account is closed. The error does not say which of these happened.
    """
    stored = _pop_challenge(Use.SIGN_IN)
    try:
        if stored is None:
            raise ValueError("no challenge was issued to this browser")
        passkey = _verified(db, stored, credential)
        if not _spend(stored):
            raise ValueError("the challenge was used before")
    except (*UNREADABLE, InvalidInputError) as error:
        log.warning("a sign-in with a passkey was refused: %s", error)
        raise NoSuchPasskeyError from error
    if not people.may_sign_in(passkey.person):
        raise NoSuchPasskeyError
    return passkey.person


def _verified(db: Transaction, stored: dict[str, Any], credential: str) -> Passkey:
    """Return the passkey that signed the challenge in *stored*, and record that it was used.

    *credential* is the response of the device, as JSON.

    Raises:
        ValueError: The passkey is not known, or its owner is not the account that the device names.
        WebAuthnException: The signature is not valid.
    """
    rp_id, origin = site()
    parsed = parse_authentication_credential_json(credential)
    passkey = passkeys.by_credential(db, bytes_to_base64url(parsed.raw_id))
    if passkey is None:
        raise ValueError("the key is not known")
    handle = parsed.response.user_handle or b""
    if not hmac.compare_digest(handle, passkeys.handle(passkey.person)):
        raise ValueError("the key belongs to another account")
    proof = webauthn.verify_authentication_response(
        credential=parsed,
        expected_challenge=base64url_to_bytes(stored["challenge"]),
        expected_rp_id=rp_id,
        expected_origin=origin,
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    passkeys.note_use(db, passkey, proof.new_sign_count)
    return passkey


def _new_challenge(use: Use, **more: Any) -> bytes:
    challenge = secrets.token_bytes(32)
    session[COOKIE_KEY] = {
        **more,
        "use": use.value,
        "challenge": bytes_to_base64url(challenge),
        "at": int(time.time()),
        "run": _spent().run,
    }
    return challenge


def _pop_challenge(use: Use) -> dict[str, Any] | None:
    """Remove the challenge from the cookie and return it; None if it is not valid."""
    stored: dict[str, Any] | None = session.pop(COOKIE_KEY, None)
    if stored is None or stored["use"] != use or stored["run"] != _spent().run:
        return None
    return stored if time.time() - stored["at"] <= PATIENCE else None


def _spend(stored: dict[str, Any]) -> bool:
    return _spent().spend(stored["challenge"])


def _spent() -> UsedChallenges:
    spent: UsedChallenges = current_app.extensions[KEY]
    return spent


def _as_json(options: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return content


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
