"""People: who somebody is, what they speak about, and the sessions in which they can be heard."""

from flask import Blueprint, render_template

from library import heard, profiles, reading, sessions
from web import addresses
from web.context import library, viewer

bp = Blueprint("people", __name__)

MOST = 200  # sessions
PROOFS = 4  # of what they speak about


@bp.get("/people/<int:person_id>")
def page(person_id: int) -> str:
    """A person, in their own words, and the sessions of theirs that the reader may see."""
    with library().reading() as db:
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
