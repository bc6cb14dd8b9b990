"""Password reset: an e-mail with a link, and the form behind the link."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import email_addresses, password_resets
from library.errors import InvalidInputError
from library.notifications.email import OutgoingEmail
from library.translation import gettext
from web.accounts.password_form import PasswordLink
from web.http import params
from web.http.context import library, viewer
from web.mail import messages, sender

bp = Blueprint("lost_password", __name__)

RESET = PasswordLink("accounts/reset.html", password_resets.opened)


@bp.get("/forgot")
def page() -> str:
    """Show the form that asks for the address of the account."""
    return render_template("accounts/forgot.html", sent=False)


@bp.post("/forgot")
def ask() -> ResponseReturnValue:
    """Send the password reset e-mail. The response and its time are the same for every address."""
    try:
        email = email_addresses.address_of(params.text(request.form, "email", longest=254))
    except InvalidInputError as error:
        page = render_template("accounts/forgot.html", sent=False, error=str(error))
        return page, HTTPStatus.BAD_REQUEST
    sender.mail_sender().later(lambda: _compose(email))
    return render_template("accounts/forgot.html", sent=True)


@bp.get("/reset/<int:person_id>/<token>")
def form(person_id: int, token: str) -> str:
    """Show the form of a password reset link."""
    return RESET.form(person_id, token)


@bp.post("/reset/<int:person_id>/<token>")
def save(person_id: int, token: str) -> ResponseReturnValue:
    """Set the new password. Do not sign in: a link must not bypass the second factor."""

    def keep(password_hash: str) -> ResponseReturnValue:
        with library().transaction() as db:
            password_resets.finish(db, person_id, token, password_hash, address=viewer().address)
        flash(gettext("Your new password is set. Sign in with it."))
        return redirect(url_for("security.login"))

    return RESET.submit(person_id, token, keep)


def _compose(email: str) -> OutgoingEmail | None:
    with library().transaction() as db:
        offered = password_resets.offer(db, email)
    if offered is None:
        return None
    person, token = offered
    return messages.new_password(person.email or email, messages.reset_link(person.id, token))
