"""Asking for an account, where the library lets people ask."""

from http import HTTPStatus

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from library.accounts import joining
from library.accounts.service import service
from library.errors import InvalidInputError
from library.mail import Letter
from web import letters, parameters, post
from web.context import library

bp = Blueprint("join", __name__)


@bp.app_template_global("people_may_join")
def people_may_join() -> bool:
    """Whether the sign-in page shows the way here."""
    with library().reading() as db:
        return joining.is_open(service(db))


@bp.get("/join")
def page() -> str:
    """The form, where there is one."""
    with library().reading() as db:
        settings = joining.require_open(db)
    return render_template("account/join.html", settings=settings, given={}, sent=False)


@bp.post("/join")
def ask() -> ResponseReturnValue:
    """Take the request; what is said then does not tell who has an account."""
    given = {
        "name": parameters.text(request.form, "name", longest=200),
        "email": parameters.text(request.form, "email", longest=254),
        "reason": parameters.text(request.form, "reason", longest=joining.LONGEST_REASON),
    }
    with library().reading() as db:
        settings = joining.require_open(db)
    try:
        joining.checked(given["name"], given["email"])
    except InvalidInputError as error:
        page = render_template(
            "account/join.html", settings=settings, given=given, sent=False, error=str(error)
        )
        return page, HTTPStatus.BAD_REQUEST
    post.room().later(lambda: _letter(**given))
    return render_template("account/join.html", settings=settings, given={}, sent=True)


def _letter(name: str, email: str, reason: str) -> Letter | None:
    with library().transaction() as db:
        joined = joining.join(db, name, email, reason)
    if joined is None:
        return None
    person, token = joined
    return letters.joining(person.email or "", letters.welcome_link(person.id, token))
