"""Tests of the background thread that sends e-mails in order."""

import pytest

from library.notifications import email
from library.notifications.email import OutgoingEmail
from web.mail import sender


def test_an_error_does_not_stop_the_next_e_mail(app, library):
    """After e-mails that cannot be sent, the next e-mail is sent."""
    with app.app_context():
        post = sender.mail_sender()
    messages = iter([OutgoingEmail(to="a@example.org", subject="First", text="1"), None])
    post.later(lambda: next(messages))
    post.later(lambda: next(messages))
    post.later(lambda: 1 / 0)
    post.later(lambda: OutgoingEmail(to="a@example.org", subject="Last", text="2"))
    post.settle()

    assert sorted(one.subject for one in email.outbox(library.settings.home)) == ["First", "Last"]


def test_a_full_queue_drops_e_mails(app, library, monkeypatch, caplog):
    """An e-mail beyond the queue's limit is dropped, and the log says so."""
    monkeypatch.setattr(sender, "MOST_WAITING", 0)
    post = sender.MailSender(app, library.settings)

    post.later(lambda: pytest.fail("the dropped e-mail was composed"))
    post.settle()

    assert "too many e-mails" in caplog.text
