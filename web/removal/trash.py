"""Trash: list, restore and permanent removal of sessions."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people
from library.accounts.service_settings import service
from library.errors import NotAllowedError
from library.removal import trash
from library.translation import gettext
from web.http.context import library, viewer

bp = Blueprint("trash", __name__, url_prefix="/trash")


@bp.get("")
def page() -> str:
    """Show the sessions in the trash with their removal dates."""
    who = viewer()
    if not who.is_member:
        raise NotAllowedError
    with library().reading() as db:
        found = trash.listed(db, who)
        return render_template(
            "removal/trash.html",
            sessions=found,
            days=service(db).trash_days,
            names=people.names(db, {session.owner_id for session, _ in found}),
        )


@bp.post("/<int:session_id>/restore")
def restore(session_id: int) -> ResponseReturnValue:
    """Restore a session from the trash."""
    with library().transaction() as db:
        session = trash.restore(db, viewer(), session_id)
    flash(gettext("“%(title)s” is restored.", title=session.title))
    return redirect(url_for("sessions.page", session_id=session_id))


@bp.post("/<int:session_id>/remove")
def remove(session_id: int) -> ResponseReturnValue:
    """Remove a session in the trash for good."""
    receipt = trash.remove_now(library(), viewer(), session_id)
    return redirect(url_for("receipts.page", receipt_id=receipt.id))
