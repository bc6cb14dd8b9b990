"""Passkeys: added, named and removed on the account's pages, and used to sign in."""

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
from web import accounts, confirming, letters, parameters, passkey, post, redirects
from web.context import library, viewer
from web.passkey import NoSuchPasskeyError

bp = Blueprint("passkeys", __name__)


@bp.app_template_global("passkeys_possible")
def passkeys_possible() -> bool:
    """Whether the sign-in page offers it."""
    return passkey.is_possible()


@bp.get("/sign-in/passkey.json")
def challenge() -> Response:
    """What the browser asks a device to sign."""
    return _once(jsonify(passkey.request()))


@bp.post("/sign-in/passkey")
def sign_in() -> ResponseReturnValue:
    """Sign in by what a device has signed; it has checked its owner, so it is both steps."""
    after = redirects.ours(request.form.get("next", ""), url_for("ask.page"))
    try:
        with library().transaction() as db:
            person = passkey.recognise(db, request.form.get("credential", ""))
    except NoSuchPasskeyError as error:
        flash(str(error), "error")
        return redirect(url_for("security.login", next=request.form.get("next") or None))
    accounts.sign_in(person, SignInWay.PASSKEY, remember="remember" in request.form)
    return redirect(after)


@bp.get("/account/passkeys")
def page() -> str:
    """The passkeys of whoever is signed in."""
    return _page()


@bp.post("/account/passkeys/begin.json")
def begin() -> Response:
    """What the browser asks a device to make, for whoever gives their password again."""
    me = _me()
    label = passkeys.named(parameters.text(request.form, "label"))
    confirming.require(request.form, otherwise="No passkey was made.")
    with library().reading() as db:
        passkeys.require_room(db, me)
        asked = passkey.creation(people.get(db, me), passkeys.of(db, me), label)
    return _once(jsonify(asked))


@bp.post("/account/passkeys")
def add() -> ResponseReturnValue:
    """Keep what the device has made; a letter says so."""
    me = _me()
    try:
        key, label = passkey.created(me, request.form.get("credential", ""))
    except InvalidInputError as error:
        return _page(str(error)), HTTPStatus.BAD_REQUEST
    with library().transaction() as db:
        added = passkeys.add(db, viewer(), key, label)
        person = people.get(db, me)
    post.room().later(lambda: letters.passkey_added(person, added.label))
    flash(f"“{added.label}” signs you in from now on.")
    return redirect(url_for("passkeys.page"))


@bp.get("/account/passkeys/<int:passkey_id>")
def one(passkey_id: int) -> str:
    """A passkey, to be renamed or removed."""
    return _one(passkey_id)


@bp.post("/account/passkeys/<int:passkey_id>")
def rename(passkey_id: int) -> ResponseReturnValue:
    """Call it something else."""
    with library().transaction() as db:
        kept = passkeys.get(db, _me(), passkey_id)
        passkeys.rename(db, viewer(), kept, parameters.text(request.form, "label"))
    return redirect(url_for("passkeys.page"))


@bp.post("/account/passkeys/<int:passkey_id>/remove")
def remove(passkey_id: int) -> ResponseReturnValue:
    """End it, and with it every other sign-in: a lost device may be signed in still."""
    me = _me()
    with library().reading() as db:
        passkeys.get(db, me, passkey_id)
    try:
        confirming.require(request.form, otherwise="The passkey stays.")
    except InvalidInputError as error:
        return _one(passkey_id, str(error)), HTTPStatus.BAD_REQUEST
    with library().transaction() as db:
        passkeys.remove(db, viewer(), passkeys.get(db, me, passkey_id))
        person = people.get(db, me)
        people.end_sign_ins(db, person)
    accounts.sign_in_again(person)
    flash("The passkey signs nobody in any more. Every other browser has to sign in again.")
    return redirect(url_for("passkeys.page"))


def _me() -> int:
    """Return the number of the person who is signed in with a browser."""
    return accounts.require().id


def _page(error: str = "") -> str:
    me = _me()
    with library().reading() as db:
        listed = passkeys.of(db, me)
    return render_template(
        "account/passkeys.html",
        passkeys=listed,
        has_second_step=confirming.has_second_step(),
        error=error,
    )


def _one(passkey_id: int, error: str = "") -> str:
    with library().reading() as db:
        kept = passkeys.get(db, _me(), passkey_id)
    return render_template(
        "account/passkey.html",
        passkey=kept,
        has_second_step=confirming.has_second_step(),
        error=error,
    )


def _once(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
