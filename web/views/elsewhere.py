"""Signing in with the provider that the library trusts."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from library.accounts import addresses, joining, people
from library.errors import InvalidInputError
from library.models import Person, SignInWay
from web import accounts, oidc, redirects, second_step
from web.addresses import whole
from web.context import library
from web.oidc import ElsewhereError, Known

bp = Blueprint("elsewhere", __name__, url_prefix="/sign-in")

AFTER = "elsewhere_next"  # in the cookie: the page that somebody was going to
NOBODY = "There is no account with this address here. Ask the administrator of this library."


@bp.app_template_global("elsewhere_name")
def elsewhere_name() -> str:
    """How the sign-in page calls the provider; empty without one."""
    return library().settings.oidc_name if oidc.is_on() else ""


@bp.get("/elsewhere")
def leave() -> ResponseReturnValue:
    """Go to the provider."""
    session[AFTER] = request.args.get("next", "")[:500]
    try:
        return oidc.leave(whole(url_for("elsewhere.back")))
    except ElsewhereError as error:
        return _refused(str(error))


@bp.get("/back")
def back() -> ResponseReturnValue:
    """Come back from there, into the account of the address that it has verified."""
    after = redirects.ours(session.pop(AFTER, ""), url_for("ask.page"))
    try:
        person = _account(oidc.come_back())
    except ElsewhereError as error:
        return _refused(str(error))
    if person is None or not people.may_sign_in(person):
        return _refused(NOBODY)
    if second_step.wait(person, SignInWay.PROVIDER_CODE, remember=False, after=after):
        return redirect(url_for("second_steps.form"))
    accounts.sign_in(person, SignInWay.PROVIDER)
    return redirect(after)


def _account(known: Known) -> Person | None:
    if not addresses.is_same_mailbox(known.email):
        return None
    try:
        name, email = joining.checked(known.name, known.email)
    except InvalidInputError:
        return None
    with library().transaction() as db:
        return people.by_email(db, email) or joining.join_by_domain(db, name, email)


def _refused(sentence: str) -> ResponseReturnValue:
    flash(sentence, "error")
    return redirect(url_for("security.login"))
