"""Leaving the library: a person's data is deleted, with a receipt to keep."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.accounts import addresses, people
from library.errors import InvalidInputError
from library.models import Receipt
from library.withdrawal import leaving
from library.withdrawal.leaving import OwnName, OwnSessions, Wish
from web import accounts, confirming, parameters
from web.context import library, viewer
from web.views import receipts

bp = Blueprint("leaving", __name__)


@bp.get("/account/leave")
def ask() -> str:
    """What goes, what stays, and what one may choose."""
    return _page(_me(), url_for("leaving.leave"))


@bp.post("/account/leave")
def leave() -> ResponseReturnValue:
    """Delete one's own account."""
    me = _me()
    receipt = _delete(me)
    accounts.sign_out()
    return redirect(url_for("leaving.receipt", sha256=receipt.content["sha256"]))


@bp.get("/care/people/<int:person_id>/delete")
def ask_for(person_id: int) -> str:
    """The same for somebody who asked an administrator."""
    require_admin(viewer())
    return _page(person_id, url_for("leaving.delete", person_id=person_id))


@bp.post("/care/people/<int:person_id>/delete")
def delete(person_id: int) -> ResponseReturnValue:
    """Delete somebody's account."""
    require_admin(viewer())
    receipt = _delete(person_id)
    return redirect(url_for("leaving.receipt", sha256=receipt.content["sha256"]))


@bp.get("/receipts/left/<string(length=64):sha256>")
def receipt(sha256: str) -> str:
    """The receipt, for whoever holds its hash."""
    found = _found(sha256)
    state = receipts.state(found)
    return render_template("receipts/left.html", receipt=found, address=request.path, state=state)


@bp.get("/receipts/left/<string(length=64):sha256>.json")
def receipt_file(sha256: str) -> Response:
    """The same for `living-history check-receipt`."""
    return receipts.json_file(_found(sha256))


def _found(sha256: str) -> Receipt:
    with library().reading() as db:
        return leaving.by_hash(db, sha256)


def _me() -> int:
    return accounts.require().id  # a token must not delete its owner


def _page(person_id: int, action: str) -> str:
    with library().reading() as db:
        person = people.account(db, person_id)
    return render_template(
        "account/leave.html",
        person=person,
        action=action,
        with_code=confirming.has_second_step(),
    )


def _delete(person_id: int) -> Receipt:
    """Delete an account whose address was typed, by somebody who gave their own password.

    Raises:
        InvalidInputError: one of the two is wrong.
    """
    with library().reading() as db:
        email = people.account(db, person_id).email
    if addresses.normal(parameters.text(request.form, "email", longest=254)) != email:
        raise InvalidInputError("Type the e-mail address of the account, so that it is no mistake.")
    confirming.require(request.form)
    wish = Wish(
        sessions=parameters.choice(request.form, "sessions", OwnSessions) or OwnSessions.KEEP,
        name=parameters.choice(request.form, "name", OwnName) or OwnName.KEEP,
    )
    return leaving.leave(library(), viewer(), person_id, wish)
