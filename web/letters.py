"""What the library writes to people, each as one short letter."""

from collections.abc import Sequence

from flask import current_app

from library import mail
from library.mail import Letter
from library.models import Person
from web import addresses
from web.context import library

NOT_ME = "If you did not ask for this, leave the letter alone: nothing changes."


def unsent(email: str) -> str:
    """Return why a letter will not come to this address, as a sentence; empty: it is sent."""
    settings = library().settings
    if not settings.mail_host:
        return "There is no mail server in the settings: pass the link on yourself."
    if not mail.reaches(settings, email):
        return (
            f"The mail server cannot write to {email} (it lacks SMTPUTF8), so the e-mail waits in "
            "the outbox. Pass the link on yourself, or name another address."
        )
    return ""


def invitation(person: Person, link: str) -> Letter:
    """The link with which somebody chooses their first password."""
    site = library().settings.site_name
    return Letter(
        to=person.email or "",
        subject=f"Your account in {site}",
        text=f"Hello {person.name},\n\n"
        f"you have an account in {site}. Choose a password with this link; it works once, "
        f"for a week:\n\n{link}\n\n"
        "There you find what experienced people said, and hear it from the second they said it.\n",
    )


def joining(email: str, link: str) -> Letter:
    """The link for somebody who asked for an account and may have one by their address.

    Their name is left out: whoever filled in the form could have written anything there.
    """
    site = library().settings.site_name
    return Letter(
        to=email,
        subject=f"Your account in {site}",
        text="Hello,\n\n"
        f"somebody, most likely you, asked for an account in {site} with this address. "
        f"Choose a password with this link; it works once, for a week:\n\n{link}\n\n{NOT_ME}\n",
    )


def new_password(email: str, link: str) -> Letter:
    """The link for somebody who has lost their password."""
    site = library().settings.site_name
    return Letter(
        to=email,
        subject=f"A new password for {site}",
        text="Hello,\n\n"
        f"choose a new password for {site} with this link; it works once, for two hours. Every "
        f"browser that is signed in as you then has to sign in again.\n\n{link}\n\n{NOT_ME}\n",
    )


def second_step_gone(person: Person) -> Letter:
    """That an administrator took away the second step of an account."""
    site = library().settings.site_name
    return Letter(
        to=person.email or "",
        subject=f"Your sign-in to {site}",
        text=f"Hello {person.name},\n\n"
        f"an administrator has taken away the second step of your sign-in to {site}, so the "
        "password alone opens your account. Set it up again on the page of your account. If you "
        "did not ask for this, tell your administrator.\n",
    )


def passkey_added(person: Person, label: str) -> Letter:
    """That a passkey opens an account from now on: nobody is to add one unnoticed."""
    site = library().settings.site_name
    return Letter(
        to=person.email or "",
        subject=f"Your sign-in to {site}",
        text=f"Hello {person.name},\n\n"
        f"a passkey, “{label}”, signs you in to {site} from now on. If you did not add it, remove "
        "it on the page of your account, change your password, and tell your administrator.\n",
    )


def wish(person: Person, title: str, prompts: Sequence[str]) -> Letter:
    """That the library would like to hear somebody on something."""
    site = library().settings.site_name
    questions = "\n".join(f"  {number}. {asked}" for number, asked in enumerate(prompts, start=1))
    paths = current_app.url_map.bind("localhost")
    return Letter(
        to=person.email or "",
        subject=f"A recording for {site}?",
        text=f"Hello {person.name},\n\n"
        f"{site} holds little on this, and you are among those who can speak about it:\n\n"
        f"{title}\n\n{questions}\n\n"
        "Ten minutes are enough. Choose these questions where you record:\n\n"
        f"{addresses.in_letters(paths.build('record.page'))}\n\n"
        "You decide yourself who hears it. If you would rather not, leave the letter alone.\n",
    )


def welcome_link(person_id: int, token: str) -> str:
    """Where an invitation leads, as it stands in letters."""
    return _link("account.welcome", person_id, token)


def reset_link(person_id: int, token: str) -> str:
    """Where a new password is chosen, as it stands in letters."""
    return _link("lost_password.form", person_id, token)


def _link(endpoint: str, person_id: int, token: str) -> str:
    # Letters are written behind the answer, where no request says how addresses are made.
    paths = current_app.url_map.bind("localhost")
    return addresses.in_letters(paths.build(endpoint, {"person_id": person_id, "token": token}))
