"""Tests of the texts of e-mails."""

import pytest

from library.accounts import people
from web.mail import messages


@pytest.fixture
def person(app, library, mentor):
    """Database row of the mentor, within the application context."""
    with app.app_context(), library.reading() as db:
        yield people.get(db, mentor.id)


def test_an_invitation_names_its_person_and_holds_the_link(person):
    """An invitation goes to the invited address, with the person's name and an absolute link."""
    link = messages.welcome_link(person.id, "token-1")

    message = messages.invitation(person, link)

    assert link.startswith("http://")
    assert link.endswith("token-1")
    assert message.to == person.email
    assert person.name in message.text
    assert link in message.text


@pytest.mark.usefixtures("person")
def test_e_mails_to_unchecked_addresses_hold_no_name():
    """An e-mail to an unconfirmed address contains a link to set a password, but no name."""
    link = messages.reset_link(1, "token-2")

    for message in (
        messages.joining("x@example.org", link),
        messages.new_password("x@x.org", link),
    ):
        assert message.text.startswith("Hello,\n")
        assert link in message.text
        assert messages.NOT_ME in message.text


def test_without_a_mail_server_the_page_says_so(person):
    """The message about an unsent e-mail says that no mail server is set up."""
    assert "No mail server" in messages.unsent(person.email)
