"""Setup pages: a link from the terminal opens the form that creates the first administrator."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import one_time_links, people
from library.errors import ConflictError, InvalidInputError
from library.models import OneTimeLink, Role, SignInWay, now
from library.store import Library, Transaction
from library.translation import gettext
from library.vocabulary import starter_vocabulary
from web.accounts import login_manager, password_form
from web.http import params
from web.http.context import library

bp = Blueprint("setup", __name__)


@bp.get("/setup/<token>")
def page(token: str) -> str:
    """Show the form that creates the first administrator."""
    with library().reading() as db:
        _check(db, token)
    return render_template("accounts/setup.html", token=token, given={})


@bp.post("/setup/<token>")
def create(token: str) -> ResponseReturnValue:
    """Create the first administrator and sign them in."""
    given = {name: params.text(request.form, name, longest=254) for name in ("name", "email")}
    with library().reading() as db:
        _check(db, token)
    try:
        password_hash = password_form.chosen(request.form)
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
            starter_vocabulary.load(db, people.viewer_of(person))
    except (InvalidInputError, ConflictError) as error:
        page = render_template("accounts/setup.html", token=token, given=given, error=str(error))
        return page, HTTPStatus.BAD_REQUEST
    login_manager.sign_in(person, SignInWay.LINK)
    flash(
        gettext(
            "You are the administrator now. Add a first session, or explore the sample library."
        )
    )
    return redirect(url_for("ask.page"))


def _check(db: Transaction, token: str) -> OneTimeLink:
    """Return the setup link with this token, if the library has no administrator yet.

    Raises:
        NotFoundError: The link was used, has expired, or does not exist.
        ConflictError: The library has an administrator already.
    """
    link = one_time_links.open_link(db, people.FIRST_ADMIN, token)
    if people.has_admin(db):
        raise ConflictError("This library has an administrator already. Sign in instead.")
    return link


HOURS = 24  # lifetime of the link


def setup_link(library: Library, base_url: str) -> str | None:
    """Return a new setup link; None if the library has an administrator.

    Earlier links stop working, so only a reader of the latest terminal output can use the link.
    """
    with library.transaction() as db:
        if people.has_admin(db):
            return None
        token = one_time_links.offer_link(db, people.FIRST_ADMIN, hours=HOURS)
    return f"{base_url.rstrip('/')}/setup/{token}"
