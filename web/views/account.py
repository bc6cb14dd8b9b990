"""One's own account: who one is here, API tokens, and the link that sets a first password."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people, second_factor
from library.accounts import sign_ins as browsers
from library.accounts import tokens as api_tokens
from library.errors import InvalidInputError, NotAllowedError
from library.models import Scope, SignInWay, now
from web import accounts, parameters
from web.context import library, viewer
from web.passwords import PasswordLink

bp = Blueprint("account", __name__)

INVITATION = PasswordLink("account/welcome.html", people.invited)

LIFETIMES = {"30": "30 days", "90": "90 days", "365": "one year"}
WAYS = {
    SignInWay.PASSWORD: "with the password",
    SignInWay.CODE: "with the password and a code",
    SignInWay.PASSKEY: "with a passkey",
    SignInWay.PROVIDER: "with another account",
    SignInWay.PROVIDER_CODE: "with another account and a code",
    SignInWay.LINK: "by a link",
}
MAY = {
    Scope.READ.value: "Read and search",
    Scope.WRITE.value: "Add and change as well",
    Scope.ADMIN.value: "Administer as well",
}


@bp.get("/account")
def page() -> str:
    """Who one is in this library."""
    with library().reading() as db:
        person = people.get(db, _me())
    return render_template("account/page.html", person=person)


@bp.get("/account/tokens")
def tokens() -> str:
    """The API tokens of the person who is signed in."""
    return _tokens_page()


@bp.post("/account/tokens")
def make_token() -> str:
    """Make a token, and show its secret this once."""
    me, label = _me(), parameters.text(request.form, "label", longest=200)
    days = request.form.get("days", "")
    if days not in LIFETIMES:
        raise InvalidInputError("Choose how long the token is to work.")
    ends = now() + timedelta(days=int(days))
    scopes = _scopes(request.form.get("may", ""))
    with library().transaction() as db:
        _, secret = api_tokens.add(db, me, label, scopes=scopes, expires_at=ends)
    return _tokens_page(secret)


@bp.post("/account/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """End a token."""
    me = _me()
    with library().transaction() as db:
        api_tokens.revoke(db, me, token_id)
    flash("The token is revoked. Programs that used it are signed out.")
    return redirect(url_for("account.tokens"))


@bp.get("/welcome/<int:person_id>/<token>")
def welcome(person_id: int, token: str) -> str:
    """The form behind an invitation: choose a password."""
    return INVITATION.form(person_id, token)


@bp.post("/welcome/<int:person_id>/<token>")
def accept(person_id: int, token: str) -> ResponseReturnValue:
    """Set the password and sign in."""

    def keep(password_hash: str) -> ResponseReturnValue:
        with library().transaction() as db:
            person, link = people.invited(db, person_id, token)
            people.set_password(db, person, password_hash)
            link.used_at = now()
            guarded = second_factor.of(db, person.id) is not None
        if guarded:  # a link must not pass the second step by
            flash("Your password is set. Sign in with it.")
            return redirect(url_for("security.login"))
        accounts.sign_in(person, SignInWay.LINK)
        flash("Your password is set, and you are signed in.")
        return redirect(url_for("ask.page"))

    return INVITATION.submit(person_id, token, keep)


@bp.post("/account/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every sign-in of the account but this one."""
    me = _me()
    with library().transaction(on_full_disk=True) as db:
        person = people.get(db, me)
        people.end_sign_ins(db, person)
    accounts.sign_in_again(person)
    flash("Every other browser that was signed in as you has to sign in again.")
    return redirect(url_for("account.sign_ins"))


@bp.get("/account/sign-ins")
def sign_ins() -> str:
    """The browsers that are signed in to the account."""
    me = accounts.require()
    with library().reading() as db:
        listed = browsers.of(db, me.id)
    return render_template("account/sign_ins.html", sign_ins=listed, this=me.sign_in.id, ways=WAYS)


@bp.post("/account/sign-ins/<int:sign_in_id>/end")
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    """Sign a browser out from here; this one by the button for it."""
    me = accounts.require()
    with library().transaction(on_full_disk=True) as db:
        row = browsers.get(db, me.id, sign_in_id)
        browsers.end(db, row)
    if row.id == me.sign_in.id:
        accounts.sign_out()
        return redirect(url_for("ask.page"))
    flash(f"{row.browser} is signed out.")
    return redirect(url_for("account.sign_ins"))


def _me() -> int:
    """Return the number of the person who is signed in; a token must not make further tokens."""
    return accounts.require().id


def _scopes(chosen: str) -> list[Scope]:
    """What a token may do; each choice includes those before it.

    Raises:
        NotAllowedError: an administrator's token is wanted by somebody who is none.
        InvalidInputError: it is not one of the choices.
    """
    if chosen not in MAY:
        raise InvalidInputError("Choose what the token may do.")
    if chosen == Scope.ADMIN and not viewer().is_admin:
        raise NotAllowedError("Only an administrator's token can administer the library.")
    return list(Scope)[: list(MAY).index(chosen) + 1]


def _tokens_page(secret: str = "") -> str:
    with library().reading() as db:
        listed = api_tokens.of(db, _me())
    return render_template(
        "account/tokens.html",
        tokens=listed,
        secret=secret,
        lifetimes=LIFETIMES,
        now=now(),
        may=MAY,
        offered=[m for m in MAY.items() if m[0] != Scope.ADMIN or viewer().is_admin],
    )
