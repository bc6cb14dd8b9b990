"""People: who somebody is, what they speak about, and the sessions in which they can be heard."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people, profiles
from library.editing import heard
from library.holdings import reading, sessions
from web import addresses
from web.context import library, viewer

bp = Blueprint("people", __name__)

MOST = 200  # sessions
PROOFS = 4  # of what they speak about


@bp.get("/people/<int:person_id>")
def page(person_id: int) -> ResponseReturnValue:
    """A person, in their own words, and the sessions of theirs that the reader may see."""
    with library().reading() as db:
        if (one := people.merged_into(db, person_id)) is not None:
            reading.visible_person(db, viewer(), one)
            return redirect(url_for("people.page", person_id=one))
        person = reading.visible_person(db, viewer(), person_id)
        theirs = sessions.visible(db, viewer(), limit=MOST, person_id=person_id)
        return render_template(
            "people/page.html",
            person=person,
            profile_shown=profiles.is_shown(viewer(), person),
            sessions=theirs,
            quotes=heard.told_by(db, viewer(), person_id, theirs[:PROOFS], limit=PROOFS),
            moment=addresses.moment,
            sound=addresses.sound,
        )
