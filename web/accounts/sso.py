"""Sign-in with the OpenID Connect provider of the library."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from library.accounts import email_addresses, join_requests, people
from library.errors import InvalidInputError
from library.models import Person, SignInWay
from library.translation import gettext, mark
from web.accounts import login_manager, oidc, totp
from web.accounts.oidc import OidcIdentity, ProviderError
from web.http.context import library
from web.rendering import local_links
from web.rendering.urls import absolute_url

bp = Blueprint("elsewhere", __name__, url_prefix="/sign-in")

AFTER = "elsewhere_next"  # in the cookie: the page to open after the sign-in
NOBODY = mark(
    "No open account has this e-mail address. Ask the administrator of this library for an account."
)


@bp.app_template_global("elsewhere_name")
def elsewhere_name() -> str:
    """Return the name of the provider for the sign-in page; empty if no provider is configured."""
    return library().settings.oidc_name if oidc.is_on() else ""


@bp.get("/elsewhere")
def leave() -> ResponseReturnValue:
    """Redirect the browser to the OpenID Connect provider, where the person signs in."""
    session[AFTER] = request.args.get("next", "")[:500]
    try:
        return oidc.begin(absolute_url(url_for("elsewhere.back")))
    except ProviderError as error:
        return _refused(str(error))


@bp.get("/back")
def back() -> ResponseReturnValue:
    """Handle the provider's callback: sign in to the account with the verified e-mail address."""
    after = local_links.safe_redirect_target(session.pop(AFTER, ""), url_for("ask.page"))
    try:
        person = _account(oidc.callback())
    except ProviderError as error:
        return _refused(str(error))
    if person is None or not people.may_sign_in(person):
        return _refused(gettext(NOBODY))
    if totp.start_second_step(person, SignInWay.PROVIDER_CODE, remember=False, after=after):
        return redirect(url_for("second_steps.form"))
    login_manager.sign_in(person, SignInWay.PROVIDER)
    return redirect(after)


def _account(known: OidcIdentity) -> Person | None:
    if not email_addresses.is_same_mailbox(known.email):
        return None
    try:
        name, email = join_requests.checked(known.name, known.email)
    except InvalidInputError:
        return None
    with library().transaction() as db:
        return people.by_email(db, email) or join_requests.join_by_domain(db, name, email)


def _refused(sentence: str) -> ResponseReturnValue:
    flash(sentence, "error")
    return redirect(url_for("security.login"))
