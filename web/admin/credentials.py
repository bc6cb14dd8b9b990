"""Credentials of all people, unsent e-mails, and requests for an account."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import join_requests, people, two_factor
from library.consent import credentials
from library.consent.credentials import CredentialKind
from library.errors import NotFoundError
from library.models import Role
from library.notifications import email
from library.sessions import account_matching
from library.translation import gettext, mark
from web.capture import name_disambiguation
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer
from web.mail import messages, sender

bp = admin_blueprint("openers", __name__, "/care")

KIND_LABELS = {
    CredentialKind.LINK: {
        "set-password": mark("Invitation"),
        "reset": mark("New password"),
        "first-admin": mark("Link for the first administrator"),
    },
    CredentialKind.RELEASE: mark("Release link"),
    CredentialKind.TOKEN: mark("API token"),
    CredentialKind.PASSKEY: mark("Passkey"),
    CredentialKind.SIGN_IN: mark("Sign-in"),
}


@bp.get("/links")
def page() -> str:
    """List the active links, tokens, passkeys and sign-ins, and the unsent e-mails."""
    place = library()
    with place.reading() as db:
        found = credentials.listed(db, viewer())
    return render_template(
        "admin/credentials.html",
        credentials=found,
        kinds=KIND_LABELS,
        emails=email.outbox(place.settings.home),
        server=place.settings.mail_host,
    )


@bp.post("/links/<kind>/<int:number>/revoke")
def revoke(kind: str, number: int) -> ResponseReturnValue:
    """Revoke a link, token, passkey or sign-in."""
    if kind not in set(CredentialKind):
        raise NotFoundError
    with library().transaction() as db:
        credentials.revoke(db, viewer(), CredentialKind(kind), number)
    flash(gettext("Revoked. This link, token, passkey or sign-in does not work any more."))
    return redirect(url_for("openers.page"), HTTPStatus.SEE_OTHER)


@bp.post("/people/requests/<int:request_id>")
def answer(request_id: int) -> ResponseReturnValue:
    """Approve or decline a request for an account."""
    if request.form.get("answer") != "yes":
        with library().transaction() as db:
            join_requests.decline(db, viewer(), request_id)
        flash(gettext("The request is declined. No e-mail was sent."))
        return redirect(url_for("care.accounts"))
    role = params.choice(request.form, "role", Role) or Role.MENTEE
    with library().transaction() as db:
        named = name_disambiguation.answer(join_requests.name_of(db, viewer(), request_id))
        matched = account_matching.person_for(db, viewer(), named) if named.person_id else None
        person, token = join_requests.approve(db, viewer(), request_id, role=role, heard=matched)
        known = people.get(db, person.id)
    link = messages.welcome_link(known.id, token)
    sender.mail_sender().later(lambda: messages.invitation(known, link))
    flash(
        gettext(
            "%(name)s has an account. An e-mail with the link for their password is being sent.",
            name=known.name,
        )
    )
    return redirect(url_for("care.accounts"))


@bp.post("/people/<int:person_id>/second-step")
def forget_second_step(person_id: int) -> ResponseReturnValue:
    """Reset two-step sign-in for a person who has lost phone and recovery codes."""
    with library().transaction() as db:
        person = people.account(db, person_id)
        two_factor.remove(db, viewer(), person.id)
    sender.mail_sender().later(lambda: messages.two_step_reset_notice(person))
    flash(
        gettext("Two-step sign-in of %(name)s is reset. An e-mail informs them.", name=person.name)
    )
    return redirect(url_for("care.accounts"))
