"""One's own profile: what one can help with, and what one wants to learn."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.accounts import people, profiles
from library.accounts.profiles import LONGEST, Profile
from library.errors import InvalidInputError, NotAllowedError
from web import parameters
from web.context import library, viewer
from web.look import LANGUAGES

bp = Blueprint("profile", __name__, url_prefix="/account")


@bp.get("/profile")
def page() -> str:
    """The form, as it was filled in last."""
    with library().reading() as db:
        person = people.get(db, _me().person_id or 0)
    return render_template("account/profile.html", given=person, languages=LANGUAGES, person=person)


@bp.post("/profile")
def save() -> ResponseReturnValue:
    """Keep what was filled in."""
    me = _me().person_id or 0
    texts = {
        name: parameters.text(request.form, name, longest=LONGEST)
        for name in ("about", "helps_with", "learns", "availability")
    }
    profile = Profile(**texts, languages=request.form.getlist("languages"))
    try:
        with library().transaction() as db:
            person = people.get(db, me)
            profiles.describe(db, person, profile)
    except InvalidInputError as error:
        with library().reading() as db:
            person = people.get(db, me)
        page = render_template(
            "account/profile.html",
            given=profile,
            languages=LANGUAGES,
            person=person,
            error=str(error),
        )
        return page, HTTPStatus.BAD_REQUEST
    flash("Your profile is saved. Other members read it on your page.")
    return redirect(url_for("people.page", person_id=me))


def _me() -> Viewer:
    """Who is signed in.

    Raises:
        NotAllowedError: nobody is; the page then leads to the sign-in.
    """
    if not viewer().is_member:
        raise NotAllowedError
    return viewer()
