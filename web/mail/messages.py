"""Texts of the e-mails that the library sends."""

from collections.abc import Sequence

from flask import current_app

from library.models import Person
from library.notifications import email as mail
from library.notifications.email import OutgoingEmail
from library.translation import gettext, mark
from web.http.context import library
from web.rendering import urls

NOT_ME = mark("If you did not ask for this, ignore this e-mail: nothing changes.")


def unsent(email: str) -> str:
    """Return the reason why e-mails to this address cannot be sent; empty if there is none."""
    settings = library().settings
    if not settings.mail_host:
        return gettext("No mail server is set up. Give the link to the person yourself.")
    if not mail.reaches(settings, email):
        return gettext(
            "The mail server cannot write to %(email)s, because it lacks SMTPUTF8. The e-mail "
            "waits in the outbox. Give the link to the person yourself, or enter another address.",
            email=email,
        )
    return ""


def invitation(person: Person, link: str) -> OutgoingEmail:
    """Return the invitation e-mail with the link to set the first password."""
    site = library().settings.site_name
    return OutgoingEmail(
        to=person.email or "",
        subject=gettext("Your account in %(site)s", site=site),
        text=gettext(
            "Hello %(name)s,\n\n"
            "you have an account in %(site)s. Choose a password with this link; it works once, "
            "for a week:\n\n%(link)s\n\n"
            "You can search the recorded sessions and play each answer in its recording.\n",
            name=person.name,
            site=site,
            link=link,
        ),
    )


def joining(email: str, link: str) -> OutgoingEmail:
    """Return the e-mail with the link to create a requested account.

    The e-mail does not contain the name, because any visitor can enter any text as a name.
    """
    site = library().settings.site_name
    return OutgoingEmail(
        to=email,
        subject=gettext("Your account in %(site)s", site=site),
        text=gettext(
            "Hello,\n\n"
            "an account in %(site)s was requested with this address, most likely by you. "
            "Choose a password with this link; it works once, for a week:\n\n%(link)s\n\n"
            "%(not_me)s\n",
            site=site,
            link=link,
            not_me=gettext(NOT_ME),
        ),
    )


def new_password(email: str, link: str) -> OutgoingEmail:
    """Return the e-mail with the link to reset a password."""
    site = library().settings.site_name
    return OutgoingEmail(
        to=email,
        subject=gettext("A new password for %(site)s", site=site),
        text=gettext(
            "Hello,\n\n"
            "choose a new password for %(site)s with this link; it works once, for two hours. "
            "Every browser that is signed in as you then has to sign in again.\n\n%(link)s\n\n"
            "%(not_me)s\n",
            site=site,
            link=link,
            not_me=gettext(NOT_ME),
        ),
    )


def two_step_reset_notice(person: Person) -> OutgoingEmail:
    """Return the notice that an administrator reset the two-step sign-in of an account."""
    site = library().settings.site_name
    return OutgoingEmail(
        to=person.email or "",
        subject=gettext("Your two-step sign-in to %(site)s was turned off", site=site),
        text=gettext(
            "Hello %(name)s,\n\n"
            "an administrator has turned off your two-step sign-in to %(site)s. You can now "
            "sign in with the password alone. Set up two-step sign-in again on the page of your "
            "account. If you did not ask for this, tell your administrator.\n",
            name=person.name,
            site=site,
        ),
    )


def passkey_added(person: Person, label: str) -> OutgoingEmail:
    """Return the e-mail that informs the owner of an account about a new passkey."""
    site = library().settings.site_name
    return OutgoingEmail(
        to=person.email or "",
        subject=gettext("A passkey was added to your account in %(site)s", site=site),
        text=gettext(
            "Hello %(name)s,\n\n"
            "a passkey, “%(label)s”, was added to your account in %(site)s. You can now sign in "
            "with it. If you did not add it, remove it on the page of your account, change your "
            "password, and tell your administrator.\n",
            name=person.name,
            label=label,
            site=site,
        ),
    )


def recording_request(person: Person, title: str, prompts: Sequence[str]) -> OutgoingEmail:
    """Return the e-mail that asks a person for a recording, with the questions."""
    site = library().settings.site_name
    questions = "\n".join(f"  {number}. {asked}" for number, asked in enumerate(prompts, start=1))
    paths = current_app.url_map.bind("localhost")
    return OutgoingEmail(
        to=person.email or "",
        subject=gettext("A recording for %(site)s?", site=site),
        text=gettext(
            "Hello %(name)s,\n\n"
            "%(site)s has few recordings on this topic, and you can speak about it:\n\n"
            "%(title)s\n\n%(questions)s\n\n"
            "Ten minutes are enough. Choose these questions on the recording page:\n\n"
            "%(link)s\n\n"
            "You decide who can hear it. If you do not want to record, ignore this e-mail.\n",
            name=person.name,
            site=site,
            title=title,
            questions=questions,
            link=urls.email_url(paths.build("record.page")),
        ),
    )


def welcome_link(person_id: int, token: str) -> str:
    """Return the absolute URL of an invitation."""
    return _link("account.welcome", person_id, token)


def reset_link(person_id: int, token: str) -> str:
    """Return the absolute URL of a password reset."""
    return _link("lost_password.form", person_id, token)


def _link(endpoint: str, person_id: int, token: str) -> str:
    # E-mails are composed in the background, without a request context for `url_for`.
    paths = current_app.url_map.bind("localhost")
    return urls.email_url(paths.build(endpoint, {"person_id": person_id, "token": token}))
