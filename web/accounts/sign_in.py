"""Sign-in, sign-out, password change and reauthentication, for forms and for JSON.

The blueprint has the name, the addresses and the JSON responses of Flask-Security, which it
replaces.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from library.accounts import people
from library.errors import InvalidInputError
from library.models import SignInWay
from library.translation import gettext, mark
from web.accounts import login_manager, reauthentication, totp
from web.accounts.password_form import WrongPasswordError, changed
from web.http.context import library
from web.rendering import local_links

bp = Blueprint("security", __name__)

REFUSED = mark("The e-mail address or the password is wrong. Try again.")
ALREADY = "You can only access this endpoint when not logged in."


@bp.route("/sign-in", methods=["GET", "POST"], endpoint="login")
def sign_in() -> ResponseReturnValue:
    """Show the form, or sign in with an address and a password."""
    if login_manager.current() is not None:
        return _already()
    if request.method == "GET":
        return _form()
    sent = login_manager.submitted_fields()
    person = login_manager.authenticate(sent.get("email", ""), sent.get("password", ""))
    if person is None:
        return _form(sent.get("email", ""), error=gettext(REFUSED))
    remember, after = bool(sent.get("remember")), _next(sent)
    if totp.start_second_step(person, SignInWay.CODE, remember=remember, after=after):
        return redirect(url_for("second_steps.form"))
    login_manager.sign_in(person, SignInWay.PASSWORD, remember=remember)
    if _wants_json():
        return _json({**_csrf(), "tf_required": False, "user": {}})
    return redirect(after)


@bp.post("/sign-out")
def logout() -> ResponseReturnValue:
    """End the sign-in of this browser, on the server as well."""
    login_manager.sign_out()
    return _json({}) if _wants_json() else redirect(url_for("ask.page"))


@bp.route("/account/password", methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    """Change the password; every other browser has to sign in again."""
    me = login_manager.require()
    if request.method == "GET":
        return _json(_csrf()) if _wants_json() else render_template("accounts/password.html")
    try:
        password_hash = changed(me, login_manager.submitted_fields())
    except WrongPasswordError as error:
        return _unchanged("password", error)
    except InvalidInputError as error:
        return _unchanged("new_password", error)
    with library().transaction() as db:
        person = people.get(db, me.id)
        people.set_password(db, person, password_hash)
    login_manager.sign_in_again(person)
    if _wants_json():
        return _json({**_csrf(), "user": {}})
    flash(gettext("Your password is changed. Every other browser has to sign in again."))
    return redirect(url_for("account.page"))


@bp.route("/account/verify", methods=["GET", "POST"])
def verify() -> ResponseReturnValue:
    """Ask a person who is signed in for the password again, and check it."""
    login_manager.require()
    if request.method == "GET":
        return _json(_csrf()) if _wants_json() else _verify_form()
    try:
        reauthentication.require(login_manager.submitted_fields(), otherwise=mark("Try again."))
    except InvalidInputError as error:
        if _wants_json():
            return _refused("password", str(error))
        return _verify_form(str(error)), HTTPStatus.BAD_REQUEST
    if _wants_json():
        return _json({**_csrf(), "user": {}})
    return redirect(_next(login_manager.submitted_fields(), url_for("account.page")))


def _already() -> ResponseReturnValue:
    """Return the response to a sign-in request of a browser that is signed in already."""
    if not _wants_json():
        return redirect(_next(login_manager.submitted_fields()))
    if request.method == "POST":
        return _json({"errors": [ALREADY]}, HTTPStatus.BAD_REQUEST)
    return _json({**_csrf(), "identity_attributes": ["email"], "user": {}})


def _form(email: str = "", *, error: str = "") -> ResponseReturnValue:
    if _wants_json():
        known = {**_csrf(), "identity_attributes": ["email"]}
        return _refused("", error) if error else _json(known)
    wanted = login_manager.submitted_fields().get("next") or request.args.get("next", "")
    return render_template(
        "accounts/sign_in.html",
        email=email,
        next=wanted[:500],
        error=error,
        days=round(library().settings.sign_in_days),
    )


def _unchanged(field: str, error: InvalidInputError) -> ResponseReturnValue:
    if _wants_json():
        return _refused(field, str(error))
    page = render_template("accounts/password.html", field_name=field, error=str(error))
    return page, HTTPStatus.BAD_REQUEST


def _verify_form(error: str = "") -> str:
    return render_template(
        "accounts/verify.html",
        error=error,
        next=request.values.get("next", "")[:500],
        has_second_step=reauthentication.has_second_step(),
    )


def _next(sent: Mapping[str, str], default: str = "") -> str:
    """Return the URL of the page to open next.

    This is the URL in the field `next` of *sent* or of the query, if it is a page of this site.
    Otherwise it is *default*, or the home page if *default* is empty.
    """
    wanted = sent.get("next") or request.args.get("next", "")
    return local_links.safe_redirect_target(wanted, default or url_for("ask.page"))


def _wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json"


def _csrf() -> dict[str, Any]:
    return {"csrf_token": generate_csrf()}


def _refused(field: str, error: str) -> ResponseReturnValue:
    return _json({"errors": [error], "field_errors": {field: [error]}}, HTTPStatus.BAD_REQUEST)


def _json(response: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    return jsonify({"meta": {"code": status.value}, "response": response}), status
