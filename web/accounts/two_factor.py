"""Pages that set up two-step sign-in, ask for the code, and turn two-step sign-in off."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people, two_factor
from library.errors import InvalidInputError
from library.translation import gettext, mark
from web.accounts import login_manager, reauthentication, totp
from web.accounts.login_manager import Account
from web.http.context import library, record_valid_credential, viewer
from web.rendering import local_links

bp = Blueprint("second_steps", __name__)

WRONG = mark("This code is not valid. Enter the code that the app shows now.")


@bp.get("/sign-in/code")
def form() -> ResponseReturnValue:
    """Show the form for the code of the second step."""
    if totp.pending_second_step() is None:
        return redirect(url_for("security.login"))
    return render_template("accounts/code.html")


@bp.post("/sign-in/code")
def enter() -> ResponseReturnValue:
    """Sign in with a valid code, at most ten minutes after the password was entered."""
    if (waiting := totp.pending_second_step()) is None:
        flash(gettext("The time to enter the code is over. Enter your password again."))
        return redirect(url_for("security.login"))
    with library().transaction() as db:
        person = people.by_login_key(db, waiting.login_key)
        factor = two_factor.for_person(db, waiting.person_id)
        right = False
        if person is not None and factor is not None and people.may_sign_in(person):
            right = totp.verify_code(db, factor, request.form.get("code", ""))
    if person is None or not right:
        return render_template("accounts/code.html", error=gettext(WRONG)), HTTPStatus.BAD_REQUEST
    record_valid_credential()
    login_manager.sign_in(person, waiting.way, remember=waiting.remember)
    return redirect(local_links.safe_redirect_target(waiting.after, url_for("ask.page")))


@bp.get("/account/second-step")
def page() -> str:
    """Show whether two-step sign-in is on, with buttons that set it up or turn it off."""
    return _page(login_manager.require())


@bp.post("/account/second-step")
def begin() -> ResponseReturnValue:
    """Show a new TOTP secret, after reauthentication."""
    me = login_manager.require()
    if refused := _refused(me):
        return refused
    session[totp.NEW] = totp.new_secret()
    return _page(me, sealed=session[totp.NEW])


@bp.post("/account/second-step/confirm")
def confirm() -> ResponseReturnValue:
    """Turn two-step sign-in on, after a valid code of the new secret."""
    me, sealed = login_manager.require(), session.get(totp.NEW, "")
    if not sealed:
        return redirect(url_for("second_steps.page"))
    counter = totp.verify_first_code(sealed, request.form.get("code", ""))
    if counter is None:
        return _page(me, sealed=sealed, error=gettext(WRONG)), HTTPStatus.BAD_REQUEST
    with library().transaction() as db:
        codes = two_factor.enable(db, viewer(), sealed, counter)
        person = people.get(db, me.id)
        people.end_sign_ins(db, person)
    login_manager.sign_in_again(person)
    return _page(me, codes=codes)


@bp.post("/account/second-step/codes")
def renew() -> ResponseReturnValue:
    """Replace the recovery codes of the viewer, after reauthentication."""
    me = login_manager.require()
    if refused := _refused(me):
        return refused
    with library().transaction() as db:
        factor = two_factor.for_person(db, me.id)
        if factor is None:
            raise InvalidInputError("Two-step sign-in is not set up yet. Set it up first.")
        codes = two_factor.renew_codes(db, factor)
    return _page(me, codes=codes)


@bp.post("/account/second-step/end")
def end() -> ResponseReturnValue:
    """Turn two-step sign-in off, after reauthentication."""
    me = login_manager.require()
    if refused := _refused(me):
        return refused
    with library().transaction() as db:
        two_factor.remove(db, viewer(), me.id)
    flash(gettext("Two-step sign-in is off. You now sign in with your password alone."))
    return redirect(url_for("second_steps.page"))


def _refused(me: Account) -> ResponseReturnValue | None:
    """Reauthenticate the viewer. Return the page with the error, or None on success."""
    try:
        reauthentication.require(request.form, otherwise=mark("Nothing was changed."))
    except InvalidInputError as error:
        return _page(me, error=str(error)), HTTPStatus.BAD_REQUEST
    return None


def _page(me: Account, *, sealed: str = "", codes: list[str] | None = None, error: str = "") -> str:
    with library().reading() as db:
        factor = two_factor.for_person(db, me.id)
    return render_template(
        "accounts/two_factor.html",
        factor=factor,
        secret=totp.secret_text(sealed) if sealed else "",
        picture=totp.qr_code(sealed, me.email or "") if sealed else "",
        codes=codes or [],
        error=error,
    )
