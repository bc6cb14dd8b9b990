"""Agreeing without some stretches: choosing them, and deciding on what others chose."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from library.errors import ConflictError, InvalidInputError
from library.withdrawal import proposals
from web import leaving_out, parameters
from web.context import library, queue, viewer
from web.errors import status_of
from web.views import releases

bp = Blueprint("proposals", __name__)

LONGEST = proposals.LONGEST


@bp.get("/sessions/<int:session_id>/leave-out")
def page(session_id: int) -> str:
    """Choose what is to be left out before one agrees."""
    return _page(session_id)


@bp.post("/sessions/<int:session_id>/leave-out")
def propose(session_id: int) -> ResponseReturnValue:
    """Agree, without what was chosen."""
    try:
        with library().transaction() as db:
            session = releases.session_of(db, session_id)
            wanted = leaving_out.chosen_in(db, session, request)
            sentence = parameters.text(request.form, "sentence", longest=LONGEST)
            proposals.propose(db, viewer(), session, wanted, sentence=sentence)
    except (InvalidInputError, ConflictError) as error:
        return _page(session_id, str(error)), status_of(error)
    flash("Thank you. You agree once this is left out; whoever owns the session decides on it.")
    return redirect(url_for("releases.page", session_id=session_id))


@bp.post("/sessions/<int:session_id>/proposals/<int:proposal_id>")
def act(session_id: int, proposal_id: int) -> ResponseReturnValue:
    """Leave it out, leave it in, or take one's own proposal back: what the button says."""
    do = request.form.get("do", "")
    if do == "accept":
        queue().request(proposals.accept(library(), viewer(), session_id, proposal_id))
        flash("It is left out: nobody finds, reads or hears it any more.")
    elif do == "refuse":
        sentence = parameters.text(request.form, "sentence", longest=LONGEST)
        with library().transaction() as db:
            proposals.refuse(db, viewer(), session_id, proposal_id, sentence)
        flash("It stays. Whoever proposed it reads your sentence and is asked again.")
    elif do == "take-back":
        with library().transaction() as db:
            proposals.take_back(db, viewer(), session_id, proposal_id)
        flash("The proposal is taken back. You are asked again for your answer.")
    else:
        raise InvalidInputError("Press one of the buttons.")
    return redirect(url_for("releases.page", session_id=session_id))


def _page(session_id: int, error: str = "") -> str:
    with library().reading() as db:
        session = releases.session_of(db, session_id)
        back = url_for("releases.page", session_id=session_id)
        return leaving_out.page(db, session, viewer(), error=error, back=back)
