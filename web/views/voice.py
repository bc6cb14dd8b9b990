"""One's own voice: letting the library recognise it, and having it forgotten."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.accounts import people
from library.errors import NotAllowedError
from library.voices import voice_consent, voice_prints
from web import accounts
from web.context import library, viewer
from web.redirects import back_to, ours

bp = Blueprint("voice", __name__, url_prefix="/account/voice")


@bp.get("")
def page() -> str:
    """What somebody agrees to, or what is kept since they did."""
    me = _me()
    with library().reading() as db:
        sessions, count = voice_prints.sessions_behind(db, me)
        return render_template(
            "account/voice.html",
            words=voice_consent.WORDS,
            consent=voice_consent.consent_of(db, me.person_id),
            sessions=sessions,
            hidden=count - len(sessions),
            person=people.get(db, me.person_id or 0),
            back=ours(request.args.get("next", ""), ""),
        )


@bp.post("/agree")
def agree() -> ResponseReturnValue:
    """Let one's own voice be recognised."""
    me = _me()
    with library().transaction() as db:
        voice_consent.agree(db, me)
    flash("Agreed. Your name is proposed for your voice in recordings that are added from now on.")
    return redirect(back_to(url_for("voice.page")))


@bp.post("/forget")
def forget() -> ResponseReturnValue:
    """Have every print of one's own voice forgotten, at once."""
    receipt = voice_consent.forget(library(), _me())
    return redirect(url_for("receipts.page", receipt_id=receipt.id))


def _me() -> Viewer:
    """Who has signed in; a token agrees to nothing.

    Raises:
        NotAllowedError: nobody has; the page then leads to the sign-in.
    """
    if accounts.current() is None:
        raise NotAllowedError
    return viewer()
