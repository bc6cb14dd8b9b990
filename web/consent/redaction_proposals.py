"""Pages for conditional consent: propose redactions of a session, and decide on proposals."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from library.errors import ConflictError, InvalidInputError
from library.removal import redaction_proposals
from library.translation import gettext
from web.consent import redaction_proposal_form, releases
from web.http import params
from web.http.context import library, queue, viewer
from web.http.errors import status_of

bp = Blueprint("proposals", __name__)

LONGEST = redaction_proposals.LONGEST


@bp.get("/sessions/<int:session_id>/leave-out")
def page(session_id: int) -> str:
    """Show the form in which a participant proposes redactions before consenting."""
    return _page(session_id)


@bp.post("/sessions/<int:session_id>/leave-out")
def propose(session_id: int) -> ResponseReturnValue:
    """Give consent to a session on condition that the chosen ranges are left out."""
    try:
        with library().transaction() as db:
            session = releases.session_of(db, session_id)
            wanted = redaction_proposal_form.chosen_in(db, session, request)
            sentence = params.text(request.form, "sentence", longest=LONGEST)
            redaction_proposals.propose(db, viewer(), session, wanted, sentence=sentence)
    except (InvalidInputError, ConflictError) as error:
        return _page(session_id, str(error)), status_of(error)
    flash(
        gettext(
            "Thank you. Your consent counts once the chosen parts are left out. The owner of the "
            "session decides."
        )
    )
    return redirect(url_for("releases.page", session_id=session_id))


@bp.post("/sessions/<int:session_id>/proposals/<int:proposal_id>")
def act(session_id: int, proposal_id: int) -> ResponseReturnValue:
    """Accept or refuse a proposal to leave something out, or withdraw one's own proposal."""
    do = request.form.get("do", "")
    if do == "accept":
        queue().request(redaction_proposals.accept(library(), viewer(), session_id, proposal_id))
        flash(gettext("This part is left out. It can no longer be found, read or heard."))
    elif do == "refuse":
        sentence = params.text(request.form, "sentence", longest=LONGEST)
        with library().transaction() as db:
            redaction_proposals.refuse(db, viewer(), session_id, proposal_id, sentence)
        flash(
            gettext(
                "This part stays. The person who proposed to leave it out sees your reason and is "
                "asked again."
            )
        )
    elif do == "take-back":
        with library().transaction() as db:
            redaction_proposals.withdraw(db, viewer(), session_id, proposal_id)
        flash(gettext("The proposal is withdrawn. You are asked again for your answer."))
    else:
        raise InvalidInputError("Unknown action. Reload the page and try again.")
    return redirect(url_for("releases.page", session_id=session_id))


def _page(session_id: int, error: str = "") -> str:
    with library().reading() as db:
        session = releases.session_of(db, session_id)
        back = url_for("releases.page", session_id=session_id)
        return redaction_proposal_form.page(db, session, viewer(), error=error, back=back)
