"""Public page of a person: profile, highlights, and visible sessions."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people, profiles
from library.discovery import highlights, marked_moments
from library.sessions import read_models, sessions
from web.http.context import library, viewer
from web.rendering import urls

bp = Blueprint("people", __name__)

MOST = 200  # sessions
QUOTES = 4  # quotes that show what the person speaks about


@bp.get("/people/<int:person_id>")
def page(person_id: int) -> ResponseReturnValue:
    """Show a person, with quotes and the sessions that the viewer may see."""
    with library().reading() as db:
        if (one := people.merged_into(db, person_id)) is not None:
            read_models.visible_person(db, viewer(), one)
            return redirect(url_for("people.page", person_id=one))
        person = read_models.visible_person(db, viewer(), person_id)
        theirs = sessions.visible(db, viewer(), limit=MOST, person_id=person_id)
        return render_template(
            "accounts/person.html",
            person=person,
            profile_shown=profiles.is_shown(viewer(), person),
            sessions=theirs,
            helped=marked_moments.people_helped(db, viewer(), person_id),
            quotes=highlights.quotes_of_person(
                db, viewer(), person_id, theirs[:QUOTES], limit=QUOTES
            ),
            moment=urls.moment,
            sound=urls.sound,
        )
