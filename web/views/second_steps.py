"""A second step when signing in: set up, used, and taken away."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people, second_factor
from library.errors import InvalidInputError
from web import accounts, confirming, redirects, second_step
from web.accounts import Account
from web.context import library, note_proof, viewer

bp = Blueprint("second_steps", __name__)

WRONG = "This code does not fit. Take the one that the app shows now."


@bp.get("/sign-in/code")
def form() -> ResponseReturnValue:
    """Where somebody who gave the right password gives a code."""
    if second_step.waiting() is None:
        return redirect(url_for("security.login"))
    return render_template("account/code.html")


@bp.post("/sign-in/code")
def enter() -> ResponseReturnValue:
    """Sign in with the right code; the password is asked for again after ten minutes."""
    if (waiting := second_step.waiting()) is None:
        flash("That took a while. Begin with the password again.")
        return redirect(url_for("security.login"))
    with library().transaction() as db:
        person = people.by_login_key(db, waiting.login_key)
        factor = second_factor.of(db, waiting.person_id)
        right = False
        if person is not None and factor is not None and people.may_sign_in(person):
            right = second_step.fits(db, factor, request.form.get("code", ""))
    if person is None or not right:
        return render_template("account/code.html", error=WRONG), HTTPStatus.BAD_REQUEST
    note_proof()
    accounts.sign_in(person, waiting.way, remember=waiting.remember)
    return redirect(redirects.ours(waiting.after, url_for("ask.page")))


@bp.get("/account/second-step")
def page() -> str:
    """Whether there is a second step, and what can be done about it."""
    return _page(accounts.require())


@bp.post("/account/second-step")
def begin() -> ResponseReturnValue:
    """Show a new secret to a person who knows the password, and a code of a second step before."""
    me = accounts.require()
    if refused := _refused(me):
        return refused
    session[second_step.NEW] = second_step.new_secret()
    return _page(me, sealed=session[second_step.NEW])


@bp.post("/account/second-step/confirm")
def confirm() -> ResponseReturnValue:
    """Ask for codes from now on, once the app has shown a right one."""
    me, sealed = accounts.require(), session.get(second_step.NEW, "")
    if not sealed:
        return redirect(url_for("second_steps.page"))
    counter = second_step.first_fit(sealed, request.form.get("code", ""))
    if counter is None:
        return _page(me, sealed=sealed, error=WRONG), HTTPStatus.BAD_REQUEST
    with library().transaction() as db:
        codes = second_factor.keep(db, viewer(), sealed, counter)
        person = people.get(db, me.id)
        people.end_sign_ins(db, person)
    accounts.sign_in_again(person)
    return _page(me, codes=codes)


@bp.post("/account/second-step/codes")
def renew() -> ResponseReturnValue:
    """Make new codes for when the phone is lost."""
    me = accounts.require()
    if refused := _refused(me):
        return refused
    with library().transaction() as db:
        factor = second_factor.of(db, me.id)
        if factor is None:
            raise InvalidInputError("There is no second step yet.")
        codes = second_factor.renew_codes(db, factor)
    return _page(me, codes=codes)


@bp.post("/account/second-step/end")
def end() -> ResponseReturnValue:
    """Let the password be enough again; takes the second step once more."""
    me = accounts.require()
    if refused := _refused(me):
        return refused
    with library().transaction() as db:
        second_factor.remove(db, viewer(), me.id)
    flash("Your password alone signs you in now.")
    return redirect(url_for("second_steps.page"))


def _refused(me: Account) -> ResponseReturnValue | None:
    """Return the page with what is wrong; None for a person who has shown who they are."""
    try:
        confirming.require(request.form, otherwise="Nothing was changed.")
    except InvalidInputError as error:
        return _page(me, error=str(error)), HTTPStatus.BAD_REQUEST
    return None


def _page(me: Account, *, sealed: str = "", codes: list[str] | None = None, error: str = "") -> str:
    with library().reading() as db:
        factor = second_factor.of(db, me.id)
    return render_template(
        "account/second_step.html",
        factor=factor,
        secret=second_step.secret_text(sealed) if sealed else "",
        picture=second_step.picture(sealed, me.email or "") if sealed else "",
        codes=codes or [],
        error=error,
    )
