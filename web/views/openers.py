"""Credentials of all people, letters that were not sent, and requests to join."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import mail
from library.access import require_admin
from library.accounts import joining, people, second_factor
from library.consent import open_links
from library.consent.open_links import Door
from library.errors import NotFoundError
from library.holdings import account_names
from library.models import Role
from web import letters, name_questions, parameters, post
from web.context import library, viewer

bp = Blueprint("openers", __name__, url_prefix="/care")

DOORS = {
    Door.LINK: {
        "set-password": "Invitation",
        "reset": "New password",
        "first-admin": "First administrator",
    },
    Door.RELEASE: "Release",
    Door.TOKEN: "Token for a program",
    Door.PASSKEY: "Passkey",
    Door.SIGN_IN: "Signed in",
}


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/links")
def page() -> str:
    """All links, tokens, passkeys and sign-ins that work now, and the letters in the outbox."""
    place = library()
    with place.reading() as db:
        found = open_links.listed(db, viewer())
    return render_template(
        "care/links.html",
        openers=found,
        doors=DOORS,
        letters=mail.outbox(place.settings.home),
        server=place.settings.mail_host,
    )


@bp.post("/links/<kind>/<int:number>/revoke")
def revoke(kind: str, number: int) -> ResponseReturnValue:
    """End a link, a token, a passkey or a sign-in."""
    if kind not in set(Door):
        raise NotFoundError
    with library().transaction() as db:
        open_links.revoke(db, viewer(), Door(kind), number)
    flash("It does not work any more.")
    return redirect(url_for("openers.page"), HTTPStatus.SEE_OTHER)


@bp.post("/people/requests/<int:request_id>")
def answer(request_id: int) -> ResponseReturnValue:
    """Give somebody the account they asked for, or forget that they asked."""
    if request.form.get("answer") != "yes":
        with library().transaction() as db:
            joining.decline(db, viewer(), request_id)
        flash("The request is gone. Nothing was written to them.")
        return redirect(url_for("care.accounts"))
    role = parameters.choice(request.form, "role", Role) or Role.MENTEE
    with library().transaction() as db:
        named = name_questions.answer(joining.name_of(db, viewer(), request_id))
        heard = account_names.person_for(db, viewer(), named) if named.person_id else None
        person, token = joining.approve(db, viewer(), request_id, role=role, heard=heard)
        known = people.get(db, person.id)
    link = letters.welcome_link(known.id, token)
    post.room().later(lambda: letters.invitation(known, link))
    flash(f"{known.name} has an account. A letter with the link for their password is on its way.")
    return redirect(url_for("care.accounts"))


@bp.post("/people/<int:person_id>/second-step")
def forget_second_step(person_id: int) -> ResponseReturnValue:
    """Let somebody who has lost their phone and their codes sign in with the password alone."""
    with library().transaction() as db:
        person = people.account(db, person_id)
        second_factor.remove(db, viewer(), person.id)
    post.room().later(lambda: letters.second_step_gone(person))
    flash(f"{person.name} signs in with the password alone now. We have written to them.")
    return redirect(url_for("care.accounts"))
