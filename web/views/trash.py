"""The trash: what one removed, to be put back or to be let go."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people
from library.accounts.service import service
from library.errors import NotAllowedError
from library.withdrawal import trash
from web.context import library, viewer

bp = Blueprint("trash", __name__, url_prefix="/trash")


@bp.get("")
def page() -> str:
    """What is in the trash, and when it goes."""
    who = viewer()
    if not who.is_member:
        raise NotAllowedError
    with library().reading() as db:
        found = trash.listed(db, who)
        return render_template(
            "mine/trash.html",
            sessions=found,
            days=service(db).trash_days,
            names=people.names(db, {session.owner_id for session, _ in found}),
        )


@bp.post("/<int:session_id>/restore")
def restore(session_id: int) -> ResponseReturnValue:
    """Put a session back."""
    with library().transaction() as db:
        session = trash.restore(db, viewer(), session_id)
    flash(f"“{session.title}” is back, as it was.")
    return redirect(url_for("sessions.page", session_id=session_id))


@bp.post("/<int:session_id>/remove")
def remove(session_id: int) -> ResponseReturnValue:
    """Let a session go for good."""
    receipt = trash.remove_now(library(), viewer(), session_id)
    return redirect(url_for("receipts.page", receipt_id=receipt.id))
