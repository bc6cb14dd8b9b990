"""Account pages that add, rename and remove passkeys, and the sign-in with a passkey."""

from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from library.accounts import passkeys, people
from library.errors import InvalidInputError
from library.models import SignInWay
from library.translation import gettext, mark
from web.accounts import login_manager, reauthentication, webauthn
from web.accounts.webauthn import NoSuchPasskeyError
from web.http import params
from web.http.context import library, viewer
from web.mail import messages, sender
from web.rendering import local_links

bp = Blueprint("passkeys", __name__)


@bp.app_template_global("passkeys_possible")
def passkeys_possible() -> bool:
    """Return whether the sign-in page offers passkeys."""
    return webauthn.is_possible()


@bp.get("/sign-in/passkey.json")
def challenge() -> Response:
    """Return the WebAuthn options of a sign-in."""
    return _once(jsonify(webauthn.authentication_options()))


@bp.post("/sign-in/passkey")
def sign_in() -> ResponseReturnValue:
    """Sign in with a passkey. No code is needed, because the device verifies the person."""
    after = local_links.safe_redirect_target(request.form.get("next", ""), url_for("ask.page"))
    try:
        with library().transaction() as db:
            person = webauthn.verify_authentication(db, request.form.get("credential", ""))
    except NoSuchPasskeyError as error:
        flash(str(error), "error")
        return redirect(url_for("security.login", next=request.form.get("next") or None))
    login_manager.sign_in(person, SignInWay.PASSKEY, remember="remember" in request.form)
    return redirect(after)


@bp.get("/account/passkeys")
def page() -> str:
    """List the passkeys of the viewer."""
    return _page()


@bp.post("/account/passkeys/begin.json")
def begin() -> Response:
    """Return the WebAuthn options of a new passkey, after the password is confirmed."""
    me = _me()
    label = passkeys.named(params.text(request.form, "label"))
    reauthentication.require(request.form, otherwise=mark("No passkey was created."))
    with library().reading() as db:
        passkeys.require_below_limit(db, me)
        asked = webauthn.registration_options(
            people.get(db, me), passkeys.for_person(db, me), label
        )
    return _once(jsonify(asked))


@bp.post("/account/passkeys")
def add() -> ResponseReturnValue:
    """Store a new passkey and notify its owner by e-mail."""
    me = _me()
    try:
        key, label = webauthn.verify_registration(me, request.form.get("credential", ""))
    except InvalidInputError as error:
        return _page(str(error)), HTTPStatus.BAD_REQUEST
    with library().transaction() as db:
        added = passkeys.add(db, viewer(), key, label)
        person = people.get(db, me)
    sender.mail_sender().later(lambda: messages.passkey_added(person, added.label))
    flash(gettext("You can now sign in with the passkey “%(name)s”.", name=added.label))
    return redirect(url_for("passkeys.page"))


@bp.get("/account/passkeys/<int:passkey_id>")
def one(passkey_id: int) -> str:
    """Show the page on which one passkey can be renamed or removed."""
    return _one(passkey_id)


@bp.post("/account/passkeys/<int:passkey_id>")
def rename(passkey_id: int) -> ResponseReturnValue:
    """Rename a passkey."""
    with library().transaction() as db:
        passkey = passkeys.get(db, _me(), passkey_id)
        passkeys.rename(db, viewer(), passkey, params.text(request.form, "label"))
    return redirect(url_for("passkeys.page"))


@bp.post("/account/passkeys/<int:passkey_id>/remove")
def remove(passkey_id: int) -> ResponseReturnValue:
    """Remove a passkey and end every other sign-in, because a lost device may be signed in."""
    me = _me()
    with library().reading() as db:
        passkeys.get(db, me, passkey_id)
    try:
        reauthentication.require(request.form, otherwise=mark("The passkey was not removed."))
    except InvalidInputError as error:
        return _one(passkey_id, str(error)), HTTPStatus.BAD_REQUEST
    with library().transaction() as db:
        passkeys.remove(db, viewer(), passkeys.get(db, me, passkey_id))
        person = people.get(db, me)
        people.end_sign_ins(db, person)
    login_manager.sign_in_again(person)
    flash(gettext("The passkey is removed. Every other browser has to sign in again."))
    return redirect(url_for("passkeys.page"))


def _me() -> int:
    """Return the id of the person who is signed in with a browser."""
    return login_manager.require().id


def _page(error: str = "") -> str:
    me = _me()
    with library().reading() as db:
        listed = passkeys.for_person(db, me)
    return render_template(
        "accounts/passkeys.html",
        passkeys=listed,
        has_second_step=reauthentication.has_second_step(),
        error=error,
    )


def _one(passkey_id: int, error: str = "") -> str:
    with library().reading() as db:
        passkey = passkeys.get(db, _me(), passkey_id)
    return render_template(
        "accounts/passkey.html",
        passkey=passkey,
        has_second_step=reauthentication.has_second_step(),
        error=error,
    )


def _once(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
