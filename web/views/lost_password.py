"""A lost password: a letter with a link, and the form behind it."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import addresses, resets
from library.errors import InvalidInputError
from library.mail import Letter
from web import letters, parameters, post
from web.context import library, viewer
from web.passwords import PasswordLink

bp = Blueprint("lost_password", __name__)

RESET = PasswordLink("account/reset.html", resets.opened)


@bp.get("/forgot")
def page() -> str:
    """Where somebody says which account it is."""
    return render_template("account/forgot.html", sent=False)


@bp.post("/forgot")
def ask() -> ResponseReturnValue:
    """Have the letter written; the answer and its time are the same for every address."""
    try:
        email = addresses.address_of(parameters.text(request.form, "email", longest=254))
    except InvalidInputError as error:
        page = render_template("account/forgot.html", sent=False, error=str(error))
        return page, HTTPStatus.BAD_REQUEST
    post.room().later(lambda: _letter(email))
    return render_template("account/forgot.html", sent=True)


@bp.get("/reset/<int:person_id>/<token>")
def form(person_id: int, token: str) -> str:
    """The form behind the link."""
    return RESET.form(person_id, token)


@bp.post("/reset/<int:person_id>/<token>")
def save(person_id: int, token: str) -> ResponseReturnValue:
    """Set the password. It does not sign in: a second factor must not be passed by."""

    def keep(password_hash: str) -> ResponseReturnValue:
        with library().transaction() as db:
            resets.finish(db, person_id, token, password_hash, address=viewer().address)
        flash("Your new password is set. Sign in with it.")
        return redirect(url_for("security.login"))

    return RESET.submit(person_id, token, keep)


def _letter(email: str) -> Letter | None:
    with library().transaction() as db:
        offered = resets.offer(db, email)
    if offered is None:
        return None
    person, token = offered
    return letters.new_password(person.email or email, letters.reset_link(person.id, token))
