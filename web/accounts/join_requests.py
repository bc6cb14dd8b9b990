"""Form in which guests request an account, if the settings of the library allow requests."""

from http import HTTPStatus

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from library.accounts import join_requests
from library.accounts.service_settings import service
from library.errors import InvalidInputError
from library.notifications.email import OutgoingEmail
from web.http import params
from web.http.context import library
from web.mail import messages, sender

bp = Blueprint("join", __name__)


@bp.app_template_global("people_may_join")
def people_may_join() -> bool:
    """Return whether the sign-in page links to the join form."""
    with library().reading() as db:
        return join_requests.is_open(service(db))


@bp.get("/join")
def page() -> str:
    """Show the form that requests an account."""
    with library().reading() as db:
        settings = join_requests.require_open(db)
    return render_template("accounts/join.html", settings=settings, given={}, sent=False)


@bp.post("/join")
def ask() -> ResponseReturnValue:
    """Accept a request. The response does not reveal whether the address has an account."""
    given = {
        "name": params.text(request.form, "name", longest=200),
        "email": params.text(request.form, "email", longest=254),
        "reason": params.text(request.form, "reason", longest=join_requests.LONGEST_REASON),
    }
    with library().reading() as db:
        settings = join_requests.require_open(db)
    try:
        join_requests.checked(given["name"], given["email"])
    except InvalidInputError as error:
        page = render_template(
            "accounts/join.html", settings=settings, given=given, sent=False, error=str(error)
        )
        return page, HTTPStatus.BAD_REQUEST
    sender.mail_sender().later(lambda: _compose(**given))
    return render_template("accounts/join.html", settings=settings, given={}, sent=True)


def _compose(name: str, email: str, reason: str) -> OutgoingEmail | None:
    with library().transaction() as db:
        joined = join_requests.join(db, name, email, reason)
    if joined is None:
        return None
    person, token = joined
    return messages.joining(person.email or "", messages.welcome_link(person.id, token))
