"""People: who somebody is, and the sessions in which they can be heard."""

from flask import Blueprint, render_template

from library import reading, sessions
from web.context import library, viewer

bp = Blueprint("people", __name__)


@bp.get("/people/<int:person_id>")
def page(person_id: int) -> str:
    """A person and the sessions of theirs that the reader may see."""
    with library().reading() as db:
        return render_template(
            "people/page.html",
            person=reading.visible_person(db, viewer(), person_id),
            sessions=sessions.visible(db, viewer(), limit=200, person_id=person_id),
        )
