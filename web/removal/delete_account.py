"""Account deletion, with a receipt."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.accounts import email_addresses, people
from library.errors import InvalidInputError
from library.models import Receipt
from library.removal import account_deletion
from library.removal.account_deletion import DeletionRequest, OwnName, OwnSessions
from web.accounts import login_manager, reauthentication
from web.consent import receipts
from web.http import params
from web.http.context import library, viewer

bp = Blueprint("leaving", __name__)


@bp.get("/account/leave")
def ask() -> str:
    """Show the form that deletes the viewer's account: what is deleted, what stays, the choices."""
    return _page(_me(), url_for("leaving.leave"))


@bp.post("/account/leave")
def leave() -> ResponseReturnValue:
    """Delete the viewer's own account."""
    me = _me()
    receipt = _delete(me)
    login_manager.sign_out()
    return redirect(url_for("leaving.receipt", sha256=receipt.content["sha256"]))


@bp.get("/care/people/<int:person_id>/delete")
def ask_for(person_id: int) -> str:
    """Show the deletion page for another person's account. Requires an administrator."""
    require_admin(viewer())
    return _page(person_id, url_for("leaving.delete", person_id=person_id))


@bp.post("/care/people/<int:person_id>/delete")
def delete(person_id: int) -> ResponseReturnValue:
    """Delete another person's account. Requires an administrator."""
    require_admin(viewer())
    receipt = _delete(person_id)
    return redirect(url_for("leaving.receipt", sha256=receipt.content["sha256"]))


@bp.get("/receipts/left/<string(length=64):sha256>")
def receipt(sha256: str) -> str:
    """Show the receipt of an account deletion. The hash in the URL proves the right to see it."""
    found = _found(sha256)
    state = receipts.state(found)
    return render_template(
        "consent/account_receipt.html", receipt=found, address=request.path, state=state
    )


@bp.get("/receipts/left/<string(length=64):sha256>.json")
def receipt_file(sha256: str) -> Response:
    """Return the receipt of an account deletion as JSON for `living-history check-receipt`."""
    return receipts.json_file(_found(sha256))


def _found(sha256: str) -> Receipt:
    with library().reading() as db:
        return account_deletion.by_hash(db, sha256)


def _me() -> int:
    return login_manager.require().id  # an API token must not delete the account of its owner


def _page(person_id: int, action: str) -> str:
    with library().reading() as db:
        person = people.account(db, person_id)
    return render_template(
        "removal/delete_account.html",
        person=person,
        action=action,
        with_code=reauthentication.has_second_step(),
    )


def _delete(person_id: int) -> Receipt:
    """Delete an account after checking its typed e-mail address and the viewer's password.

    Raises:
        InvalidInputError: The e-mail address or the password is wrong.
    """
    with library().reading() as db:
        email = people.account(db, person_id).email
    if email_addresses.normal(params.text(request.form, "email", longest=254)) != email:
        raise InvalidInputError("Type the e-mail address of the account to confirm the deletion.")
    reauthentication.require(request.form)
    asked = DeletionRequest(
        sessions=params.choice(request.form, "sessions", OwnSessions) or OwnSessions.KEEP,
        name=params.choice(request.form, "name", OwnName) or OwnName.KEEP,
    )
    return account_deletion.delete_account(library(), viewer(), person_id, asked)
