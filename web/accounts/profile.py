"""Profile of the viewer: what they can help with, and what they want to learn."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import Viewer
from library.accounts import people, profiles
from library.accounts.profiles import LONGEST, Profile
from library.errors import InvalidInputError, NotAllowedError
from library.translation import gettext
from web.http import params
from web.http.context import library, viewer
from web.rendering.template_filters import LANGUAGES

bp = Blueprint("profile", __name__, url_prefix="/account")


@bp.get("/profile")
def page() -> str:
    """Show the profile form with the present values."""
    with library().reading() as db:
        person = people.get(db, _me().person_id or 0)
    return render_template(
        "accounts/profile.html", given=person, languages=LANGUAGES, person=person
    )


@bp.post("/profile")
def save() -> ResponseReturnValue:
    """Save the profile."""
    me = _me().person_id or 0
    texts = {
        name: params.text(request.form, name, longest=LONGEST)
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
            "accounts/profile.html",
            given=profile,
            languages=LANGUAGES,
            person=person,
            error=str(error),
        )
        return page, HTTPStatus.BAD_REQUEST
    flash(gettext("Your profile is saved. Other members read it on your page."))
    return redirect(url_for("people.page", person_id=me))


def _me() -> Viewer:
    """Return the viewer, who has to be a member.

    Raises:
        NotAllowedError: The viewer is not signed in; the response leads to the sign-in page.
    """
    if not viewer().is_member:
        raise NotAllowedError
    return viewer()
