"""Tests of webhooks: their events, signatures and repeated deliveries."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from library.errors import InvalidInputError, NotAllowedError
from library.models import DeliveryState, Event, now
from library.notifications import webhooks

URL = "https://93.184.216.34/told"


@pytest.fixture
def hook(library, admin):
    """Id and secret of a webhook that is subscribed to released sessions."""
    with library.transaction() as db:
        webhook, secret = webhooks.add(
            library, db, admin.viewer, url=URL, events=[Event.SESSION_RELEASED]
        )
        return webhook.id, secret


def test_only_subscribed_events_are_recorded(library, admin, hook):
    """Only events to which a webhook is subscribed are recorded for it.

    If a session is released and hidden in one transaction, no event is recorded.
    """
    with library.transaction() as db:
        webhooks.announce(db, Event.SESSION_RELEASED, session_id=1)
        webhooks.announce(db, Event.SESSION_WITHDRAWN, session_id=2)
        webhooks.announce(db, Event.SESSION_RELEASED, session_id=3)
        webhooks.announce(db, Event.SESSION_WITHDRAWN, session_id=3)
        db.flush()
        deliveries = webhooks.deliveries(db, admin.viewer, hook[0], limit=9)

        assert [one.content for one in deliveries] == [{"session": 1}]


def test_a_delivery_is_signed_with_the_secret(library, admin, hook):
    """The signature of a delivery covers id, time and body, as in Standard Webhooks.

    A renewed secret differs from the earlier secret.
    """
    with library.transaction() as db:
        ping = webhooks.queue_ping(db, admin.viewer, hook[0])
        body, headers = webhooks.signed_request(library.settings, ping, now())
        renewed = webhooks.renew_secret(
            library, db, admin.viewer, webhooks.get(db, admin.viewer, hook[0])
        )

    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    key = base64.b64decode(hook[1].removeprefix("whsec_"))
    proof = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["Webhook-Signature"] == f"v1,{proof}"
    assert renewed != hook[1]


def test_a_failed_delivery_is_tried_again_up_to_a_limit(library, admin, hook):
    """A failed delivery of a webhook is repeated after each planned pause.

    It counts as failed after the last attempt.
    """
    with library.transaction() as db:
        ping = webhooks.queue_ping(db, admin.viewer, hook[0])
        assert [one.id for one in webhooks.due(db)] == [ping.id]
        webhooks.record_result(db, ping.id, status=500)
        assert webhooks.due(db) == []
        assert ping.due_at > now() + timedelta(seconds=webhooks.AGAIN_AFTER[0] - 5)
        for _ in webhooks.AGAIN_AFTER:
            webhooks.record_result(db, ping.id, status=None, error="No answer")

        assert ping.state is DeliveryState.FAILED


def test_only_administrators_add_webhooks_to_public_hosts(library, admin, mentor):
    """Only administrators can add a webhook. Its host must be public."""
    events = [Event.SESSION_RELEASED]
    with library.transaction() as db:
        with pytest.raises(NotAllowedError):
            webhooks.add(library, db, mentor.viewer, url=URL, events=events)
        with pytest.raises(InvalidInputError):
            webhooks.add(library, db, admin.viewer, url="http://10.0.0.1/", events=events)
