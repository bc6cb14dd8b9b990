"""Account page of the viewer: API tokens, sign-ins, and the link that sets a first password."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people, two_factor
from library.accounts import sign_ins as browsers
from library.accounts import tokens as api_tokens
from library.errors import InvalidInputError, NotAllowedError
from library.models import Scope, SignInWay, now
from library.translation import gettext, mark
from web.accounts import login_manager
from web.accounts.password_form import PasswordLink
from web.http import params
from web.http.context import library, viewer
from web.rendering.template_filters import ROLE_NAMES

bp = Blueprint("account", __name__)

INVITATION = PasswordLink("accounts/welcome.html", people.invited)

LIFETIMES = {"30": mark("30 days"), "90": mark("90 days"), "365": mark("one year")}
WAYS = {
    SignInWay.PASSWORD: mark("signed in on %(day)s with the password"),
    SignInWay.CODE: mark("signed in on %(day)s with the password and a code"),
    SignInWay.PASSKEY: mark("signed in on %(day)s with a passkey"),
    SignInWay.PROVIDER: mark("signed in on %(day)s with another account"),
    SignInWay.PROVIDER_CODE: mark("signed in on %(day)s with another account and a code"),
    SignInWay.LINK: mark("signed in on %(day)s by a link"),
}
MAY = {
    Scope.READ.value: mark("Read and search"),
    Scope.WRITE.value: mark("Read, search, add and change"),
    Scope.ADMIN.value: mark("Read, search, add, change and administer"),
}


@bp.get("/account")
def page() -> str:
    """Show the account of the viewer."""
    with library().reading() as db:
        person = people.get(db, _me())
    return render_template("accounts/page.html", person=person, roles=ROLE_NAMES)


@bp.get("/account/tokens")
def tokens() -> str:
    """List the API tokens of the viewer."""
    return _tokens_page()


@bp.post("/account/tokens")
def make_token() -> str:
    """Create an API token and show its secret once."""
    me, label = _me(), params.text(request.form, "label", longest=200)
    days = request.form.get("days", "")
    if days not in LIFETIMES:
        raise InvalidInputError("Choose how long the token is valid.")
    ends = now() + timedelta(days=int(days))
    scopes = _scopes(request.form.get("may", ""))
    with library().transaction() as db:
        _, secret = api_tokens.add(db, me, label, scopes=scopes, expires_at=ends)
    return _tokens_page(secret)


@bp.post("/account/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Revoke an API token."""
    me = _me()
    with library().transaction() as db:
        api_tokens.revoke(db, me, token_id)
    flash(gettext("The token is revoked. Programs that used it are signed out."))
    return redirect(url_for("account.tokens"))


@bp.get("/welcome/<int:person_id>/<token>")
def welcome(person_id: int, token: str) -> str:
    """Show the form of an invitation link: choose a password."""
    return INVITATION.form(person_id, token)


@bp.post("/welcome/<int:person_id>/<token>")
def accept(person_id: int, token: str) -> ResponseReturnValue:
    """Set the password of an invited person. Also sign in, unless two-step sign-in is on."""

    def keep(password_hash: str) -> ResponseReturnValue:
        with library().transaction() as db:
            person, link = people.invited(db, person_id, token)
            people.set_password(db, person, password_hash)
            link.used_at = now()
            guarded = two_factor.for_person(db, person.id) is not None
        if guarded:  # a link must not bypass the second factor
            flash(gettext("Your password is set. Sign in with it."))
            return redirect(url_for("security.login"))
        login_manager.sign_in(person, SignInWay.LINK)
        flash(gettext("Your password is set, and you are signed in."))
        return redirect(url_for("ask.page"))

    return INVITATION.submit(person_id, token, keep)


@bp.post("/account/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every sign-in of the account except the present one."""
    me = _me()
    with library().transaction(on_full_disk=True) as db:
        person = people.get(db, me)
        people.end_sign_ins(db, person)
    login_manager.sign_in_again(person)
    flash(gettext("Every other browser that was signed in as you has to sign in again."))
    return redirect(url_for("account.sign_ins"))


@bp.get("/account/sign-ins")
def sign_ins() -> str:
    """List the browsers that are signed in to the account."""
    me = login_manager.require()
    with library().reading() as db:
        listed = browsers.for_person(db, me.id)
    return render_template("accounts/sign_ins.html", sign_ins=listed, this=me.sign_in.id, ways=WAYS)


@bp.post("/account/sign-ins/<int:sign_in_id>/end")
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    """End one sign-in of the account. For the present sign-in, also delete the cookies."""
    me = login_manager.require()
    with library().transaction(on_full_disk=True) as db:
        row = browsers.get(db, me.id, sign_in_id)
        browsers.end(db, row)
    if row.id == me.sign_in.id:
        login_manager.sign_out()
        return redirect(url_for("ask.page"))
    flash(gettext("%(browser)s is signed out.", browser=row.browser))
    return redirect(url_for("account.sign_ins"))


def _me() -> int:
    """Return the id of the person who is signed in with a browser.

    An API token is not enough: a token cannot create tokens.
    """
    return login_manager.require().id


def _scopes(chosen: str) -> list[Scope]:
    """Return the scopes for the access level that was chosen for a token.

    Each level includes the scopes of the lower levels.

    Raises:
        InvalidInputError: *chosen* is not one of the levels.
        NotAllowedError: A person who is not an administrator chose the admin scope.
    """
    if chosen not in MAY:
        raise InvalidInputError("Choose the scope of the token.")
    if chosen == Scope.ADMIN and not viewer().is_admin:
        raise NotAllowedError("Only an administrator's token can administer the library.")
    return list(Scope)[: list(MAY).index(chosen) + 1]


def _tokens_page(secret: str = "") -> str:
    with library().reading() as db:
        listed = api_tokens.for_person(db, _me())
    may = {scope: gettext(label) for scope, label in MAY.items()}
    return render_template(
        "accounts/tokens.html",
        tokens=listed,
        secret=secret,
        lifetimes={days: gettext(label) for days, label in LIFETIMES.items()},
        now=now(),
        may=may,
        offered=[m for m in may.items() if m[0] != Scope.ADMIN or viewer().is_admin],
    )
