"""Page on which the viewer agrees to voice recognition, or deletes their voice prints."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.accounts import people
from library.errors import NotAllowedError
from library.speakers import recognition_consent, voice_prints
from library.translation import gettext
from web.accounts import login_manager
from web.http.context import library, viewer
from web.rendering.local_links import back_to, safe_redirect_target

bp = Blueprint("voice", __name__, url_prefix="/account/voice")


@bp.get("")
def page() -> str:
    """Show the consent text before the viewer has agreed, and their voice prints afterwards."""
    me = _me()
    with library().reading() as db:
        sessions, count = voice_prints.sessions_behind(db, me)
        return render_template(
            "accounts/voice_recognition.html",
            words=recognition_consent.consent_text(db, me.person_id),
            consent=recognition_consent.consent_of(db, me.person_id),
            sessions=sessions,
            hidden=count - len(sessions),
            person=people.get(db, me.person_id or 0),
            back=safe_redirect_target(request.args.get("next", ""), ""),
        )


@bp.post("/agree")
def agree() -> ResponseReturnValue:
    """Record the viewer's consent to voice recognition."""
    me = _me()
    with library().transaction() as db:
        recognition_consent.agree(db, me)
    flash(
        gettext("You agreed. The library now proposes your name where you speak in new recordings.")
    )
    return redirect(back_to(url_for("voice.page")))


@bp.post("/forget")
def forget() -> ResponseReturnValue:
    """Delete every voice print of the viewer at once."""
    receipt = recognition_consent.forget(library(), _me())
    return redirect(url_for("receipts.page", receipt_id=receipt.id))


def _me() -> Viewer:
    """Return the viewer, who has to be signed in with a browser: a token cannot give consent.

    Raises:
        NotAllowedError: The request has no browser sign-in. The response leads to the sign-in page.
    """
    if login_manager.current() is None:
        raise NotAllowedError
    return viewer()
