"""Tests of webhooks: signatures, retries, private networks and content."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from threading import Event as Signal
from threading import Thread

import pytest
from sqlalchemy import select

from ingest.tasks.webhook_delivery import WebhookSender
from library.consent import release
from library.errors import InvalidInputError, NotAllowedError
from library.models import Delivery, DeliveryState, Event, Visibility, Webhook, now
from library.notifications import webhooks
from library.notifications.ssrf import is_public, resolve_public
from library.removal import trash
from library.sessions import jobs, sessions
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, add_session

SECRET_WORD = "zanzibar"


@dataclass
class Listener:
    """Receiver of webhooks. It stores headers and body of each request, and answers *status*."""

    address: str = ""
    status: int = 200
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Program that receives requests on a loopback address."""
    receiver = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(receiver.status)
            if receiver.status == 302:
                self.send_header("Location", receiver.address)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    receiver.address = f"http://127.0.0.1:{server.server_port}/told?key=1"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def local_library(settings: Settings, library: Library) -> Iterator[Library]:
    """The library with a setting that allows loopback addresses."""
    opened = open_library(replace(settings, webhook_private_hosts="127.0.0.1"))
    yield opened
    opened.close()


def hook_for(library: Library, admin: Account, url: str, *events: Event) -> tuple[Webhook, str]:
    """Add a webhook for *events*, or for all events. Return it with its secret."""
    with library.transaction() as db:
        return webhooks.add(library, db, admin.viewer, url=url, events=events or list(Event))


def log_of(library: Library) -> list[Delivery]:
    """Return all deliveries in order."""
    with library.reading() as db:
        return list(db.scalars(select(Delivery).order_by(Delivery.id)))


def make_due(library: Library) -> None:
    """Make all deliveries due now."""
    with library.transaction() as db:
        for row in db.scalars(select(Delivery)):
            row.due_at = now() - timedelta(seconds=1)


def send(library: Library) -> None:
    """Send all due deliveries and wait for them."""
    messenger = WebhookSender(library)
    messenger.send_due()
    messenger.wait()


def test_events_are_delivered_and_signed(
    local_library: Library, admin: Account, mentor: Account, listener: Listener
) -> None:
    """Webhooks report that a session is ready, released or withdrawn. Each is signed."""
    begun = now().timestamp()
    _, secret = hook_for(local_library, admin, listener.address)
    built = add_session(
        local_library, owner=mentor, title=f"Of {SECRET_WORD}", visibility=Visibility.PUBLIC
    )
    with local_library.transaction() as db:
        session = sessions.get(db, built.session_id)
        release.set_visibility(db, mentor.viewer, session, Visibility.PRIVATE)
    send(local_library)

    messages = [(headers, json.loads(body)) for headers, body in listener.requests]

    types = [body["type"] for _, body in messages]
    assert types == ["source.ready", "session.released", "session.withdrawn"]
    assert {body["data"]["session"] for _, body in messages} == {built.session_id}
    assert {row.state for row in log_of(local_library)} == {DeliveryState.DELIVERED}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    for headers, body in listener.requests:
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        proof = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{proof}"
        assert int(begun) <= int(headers["webhook-timestamp"]) <= now().timestamp()


def test_no_word_of_a_session_is_sent(
    local_library: Library, admin: Account, mentor: Account, listener: Listener
) -> None:
    """Webhooks contain no title, name or text of a session."""
    hook_for(local_library, admin, listener.address)
    built = add_session(
        local_library,
        owner=mentor,
        title=f"Of {SECRET_WORD}",
        lines=[("Zora Zanzibar", "Nobody may hear of zanzibar.")],
        visibility=Visibility.PRIVATE,
    )
    with local_library.transaction() as db:
        jobs.fail(db, built.source_id, f"{SECRET_WORD} is broken")
        trash.put(db, mentor.viewer, built.session_id)

    send(local_library)

    assert [json.loads(body)["type"] for _, body in listener.requests] == [
        "source.ready",
        "source.failed",
    ]
    assert SECRET_WORD not in str(listener.requests).lower()


def test_a_failing_receiver_is_retried_with_longer_waits(
    local_library: Library, admin: Account, listener: Listener
) -> None:
    """A failed delivery is tried again after longer and longer waits.

    After the last attempt it counts as failed. An administrator can then send it again.
    """
    hook, _ = hook_for(local_library, admin, listener.address)
    with local_library.transaction() as db:
        webhooks.queue_ping(db, admin.viewer, hook.id)
    listener.status, waits = 503, []

    for _ in range(len(webhooks.AGAIN_AFTER) + 1):
        begun = now()
        send(local_library)
        row = log_of(local_library)[0]
        waits.append((row.due_at - begun).total_seconds())
        make_due(local_library)
    send(local_library)

    assert len(listener.requests) == len(webhooks.AGAIN_AFTER) + 1
    assert waits[:-1] == sorted(waits[:-1])
    assert (log_of(local_library)[0].state, log_of(local_library)[0].status) == (
        DeliveryState.FAILED,
        503,
    )
    listener.status = 204
    with local_library.transaction() as db:
        webhooks.replay(db, admin.viewer, hook.id, log_of(local_library)[0].id)
    send(local_library)
    assert log_of(local_library)[1].state is DeliveryState.DELIVERED


def test_a_redirect_is_not_followed(
    local_library: Library, admin: Account, listener: Listener
) -> None:
    """A redirect of the receiver is not followed. The delivery waits for the next attempt."""
    hook, _ = hook_for(local_library, admin, listener.address)
    with local_library.transaction() as db:
        webhooks.queue_ping(db, admin.viewer, hook.id)
    listener.status = 302

    send(local_library)

    assert len(listener.requests) == 1
    assert (log_of(local_library)[0].state, log_of(local_library)[0].status) == (
        DeliveryState.WAITING,
        302,
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fe80::1]/",
        "http://[64:ff9b::a00:1]/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://[2002:7f00:1::]/",
        "http://[fec0::1]/",
        "http://[2001:db8::1]/",
        "http://[100::1]/",
        "http://[2001:2::1]/",
        "http://192.0.0.8/",
        "http://192.88.99.1/",
        "http://198.18.0.1/",
        "http://203.0.113.7/",
        "http://240.0.0.1/",
        "http://93.184.216.34:0/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://user:word@93.184.216.34/",
        "http://93.184.216.34:99999/",
        "http://93.184.216.34/a b",
        "http://93.184.216.34/\r\nX-Evil: 1",
        "//93.184.216.34/",
        "http://",
        "http://" + "a" * 600,
    ],
)
def test_a_private_address_is_refused(library: Library, admin: Account, url: str) -> None:
    """A webhook with a private, reserved or invalid address is refused, in any notation."""
    with pytest.raises(InvalidInputError):
        hook_for(library, admin, url)


def test_a_public_address_is_accepted() -> None:
    """A webhook with a public address is accepted, with its port, path and query."""
    found = resolve_public("https://93.184.216.34/told?a=1")

    assert (found.https, found.port, found.target) == (True, 443, "/told?a=1")
    assert found.ip == "93.184.216.34"
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


def test_an_address_is_checked_again_at_delivery(
    local_library: Library, library: Library, admin: Account, listener: Listener
) -> None:
    """Nothing is sent to an address that is private at the time of delivery."""
    hook, _ = hook_for(local_library, admin, listener.address)
    with local_library.transaction() as db:
        webhooks.queue_ping(db, admin.viewer, hook.id)

    send(library)  # with the default settings, which allow no private address

    assert listener.requests == []
    assert "private network" in log_of(library)[0].error


def test_a_slow_receiver_delays_no_other(
    local_library: Library, admin: Account, listener: Listener
) -> None:
    """A delivery to a receiver that answers byte by byte ends at the deadline.

    Meanwhile, another receiver gets its own delivery.
    """
    contacted, finished = Signal(), Signal()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            contacted.set()
            while not finished.wait(0.05):
                with suppress(OSError):
                    self.wfile.write(b"H")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    thread = Thread(target=server.serve_forever)
    thread.start()
    slow, _ = hook_for(
        local_library, admin, f"http://127.0.0.1:{server.server_port}/", Event.SESSION_REMOVED
    )
    good, _ = hook_for(local_library, admin, listener.address, Event.SESSION_REMOVED)
    messenger = WebhookSender(local_library, deadline=3.0)
    with local_library.transaction() as db:
        webhooks.queue_ping(db, admin.viewer, slow.id)
    messenger.send_due()
    assert contacted.wait(60)
    messenger._deadline = 300.0  # on a busy machine the good receiver may be slow too
    with local_library.transaction() as db:
        webhooks.queue_ping(db, admin.viewer, good.id)
    messenger.send_due()

    messenger.wait()
    finished.set()
    server.shutdown()
    thread.join()
    server.server_close()

    by_hook = {row.webhook_id: row for row in log_of(local_library)}
    assert by_hook[good.id].state is DeliveryState.DELIVERED
    assert by_hook[slow.id].state is DeliveryState.WAITING
    assert "did not answer" in by_hook[slow.id].error


def test_only_administrators_add_webhooks(library: Library, mentor: Account) -> None:
    """A mentor cannot add a webhook."""
    with pytest.raises(NotAllowedError):
        hook_for(library, mentor, "https://93.184.216.34/")


def test_a_secret_is_stored_in_no_row(
    local_library: Library, admin: Account, listener: Listener
) -> None:
    """The database row of a webhook does not contain the secret. A renewed secret differs."""
    hook, secret = hook_for(local_library, admin, listener.address)

    with local_library.transaction() as db:
        webhook = webhooks.get(db, admin.viewer, hook.id)
        row = {column.name: getattr(webhook, column.name) for column in Webhook.__table__.columns}
        fresh = webhooks.renew_secret(local_library, db, admin.viewer, webhook)

    assert secret.removeprefix("whsec_") not in str(row)
    assert base64.b64decode(secret.removeprefix("whsec_")).hex() not in str(row)
    assert fresh != secret
