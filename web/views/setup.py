"""The first visit: whoever has the link from the terminal becomes the administrator."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import one_time, people
from library.errors import ConflictError, InvalidInputError
from library.models import OneTimeLink, Role, SignInWay, now
from library.store import Transaction
from library.vocabulary import starter_topics
from web import accounts, parameters, passwords
from web.context import library

bp = Blueprint("setup", __name__)


@bp.get("/setup/<token>")
def page(token: str) -> str:
    """The form that makes the first administrator."""
    with library().reading() as db:
        _check(db, token)
    return render_template("setup/page.html", token=token, given={})


@bp.post("/setup/<token>")
def create(token: str) -> ResponseReturnValue:
    """Make the first administrator and sign them in."""
    given = {name: parameters.text(request.form, name, longest=254) for name in ("name", "email")}
    with library().reading() as db:
        _check(db, token)
    try:
        password_hash = passwords.chosen(request.form)
        with library().transaction() as db:
            link = _check(db, token)
            person = people.add_account(
                db,
                name=given["name"],
                email=given["email"],
                role=Role.ADMIN,
                password_hash=password_hash,
            )
            link.used_at = now()
            starter_topics.load(db, people.viewer_of(person))
    except (InvalidInputError, ConflictError) as error:
        page = render_template("setup/page.html", token=token, given=given, error=str(error))
        return page, HTTPStatus.BAD_REQUEST
    accounts.sign_in(person, SignInWay.LINK)
    flash("The library is yours. Add a first session, or look around in the sample library.")
    return redirect(url_for("ask.page"))


def _check(db: Transaction, token: str) -> OneTimeLink:
    """The link, as long as nobody administers the library.

    Raises:
        NotFoundError: it was used, is too old, or never was.
    """
    link = one_time.open_link(db, people.FIRST_ADMIN, token)
    if people.has_admin(db):
        raise ConflictError("This library has an administrator already. Sign in instead.")
    return link
