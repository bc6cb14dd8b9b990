"""Webhooks: events sent to other programs as ids and URLs, without any text of sessions.

Events are stored in the transaction that causes them (transactional outbox). So a rollback sends
nothing, and a crash loses nothing. The worker sends them. The signature follows Standard Webhooks
(symmetric, `v1`).
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from library import audit
from library.access import Viewer, require_admin
from library.errors import InvalidInputError, NotFoundError
from library.models import Delivery, DeliveryState, Event, Webhook, now
from library.notifications.ssrf import resolve_public
from library.sealing import key_of
from library.settings import Settings
from library.store import Library, Transaction

MOST = 50  # webhooks
AGAIN_AFTER = (60, 300, 1800, 7200, 36000)  # seconds before each retry
UNDOES = {
    Event.SESSION_RELEASED: Event.SESSION_WITHDRAWN,
    Event.SESSION_WITHDRAWN: Event.SESSION_RELEASED,
}
WRITTEN = "announced"
KEPT_FOR = timedelta(days=30)  # entries of the delivery log


def allowed_hosts(settings: Settings) -> list[str]:
    """Return hosts in private networks that webhooks may reach."""
    return [host.strip().lower() for host in settings.webhook_private_hosts.split(",")]


def add(
    library: Library, db: Transaction, viewer: Viewer, *, url: str, events: Collection[Event]
) -> tuple[Webhook, str]:
    """Create a webhook and return it with its signing secret, which is shown once.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the URL is not valid or not allowed, or no event was chosen.
    """
    require_admin(viewer)
    if len(everything(db, viewer)) >= MOST:
        raise InvalidInputError(
            "There are %(number)s webhooks already. Remove one of them first.", number=MOST
        )
    hook = Webhook(seed=secrets.token_hex(32))
    _describe(library, hook, url=url, events=events)
    db.add(hook)
    db.flush()
    _note(db, viewer, "webhook.add", hook)
    return hook, secret_of(library.settings, hook)


def change(
    library: Library,
    db: Transaction,
    viewer: Viewer,
    hook: Webhook,
    *,
    url: str,
    events: Collection[Event],
    active: bool,
) -> None:
    """Change the URL and events of a webhook. Pause it if *active* is False.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the URL is not valid or not allowed, or no event was chosen.
    """
    require_admin(viewer)
    _describe(library, hook, url=url, events=events)
    hook.active = active
    _note(db, viewer, "webhook.change", hook)


def renew_secret(library: Library, db: Transaction, viewer: Viewer, hook: Webhook) -> str:
    """Replace the signing secret of a webhook and return the new secret."""
    require_admin(viewer)
    hook.seed = secrets.token_hex(32)
    _note(db, viewer, "webhook.renew", hook)
    return secret_of(library.settings, hook)


def remove(db: Transaction, viewer: Viewer, hook: Webhook) -> None:
    """Delete a webhook and its delivery log."""
    require_admin(viewer)
    _note(db, viewer, "webhook.remove", hook)
    db.delete(hook)
    db.flush()


def everything(db: Transaction, viewer: Viewer) -> Sequence[Webhook]:
    """Return all webhooks, the oldest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    return db.scalars(select(Webhook).order_by(Webhook.id)).all()


def get(db: Transaction, viewer: Viewer, webhook_id: int) -> Webhook:
    """Return a webhook.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: the webhook does not exist.
    """
    require_admin(viewer)
    if (hook := db.get(Webhook, webhook_id)) is None:
        raise NotFoundError("This webhook does not exist.")
    return hook


def deliveries(
    db: Transaction, viewer: Viewer, webhook_id: int, *, limit: int, before_id: int | None = None
) -> Sequence[Delivery]:
    """Return up to *limit* deliveries of a webhook with ids below *before_id*, newest first."""
    require_admin(viewer)
    query = select(Delivery).where(Delivery.webhook_id == webhook_id)
    if before_id is not None:
        query = query.where(Delivery.id < before_id)
    return db.scalars(query.order_by(Delivery.id.desc()).limit(limit)).all()


def replay(db: Transaction, viewer: Viewer, webhook_id: int, delivery_id: int) -> Delivery:
    """Queue the event of a delivery again, as a new delivery.

    Raises:
        NotFoundError: the delivery does not exist or was deleted.
    """
    hook = get(db, viewer, webhook_id)
    old = db.get(Delivery, delivery_id)
    if old is None or old.webhook_id != webhook_id:
        raise NotFoundError("This delivery of the webhook does not exist any more.")
    again = _delivery(hook, Event(old.event), old.content)
    db.add(again)
    db.flush()
    _note(db, viewer, "webhook.replay", hook)
    return again


def queue_ping(db: Transaction, viewer: Viewer, webhook_id: int) -> Delivery:
    """Queue a test delivery to a webhook and return it."""
    hook = get(db, viewer, webhook_id)
    ping = _delivery(hook, Event.PING, {})
    db.add(ping)
    db.flush()
    return ping


def announce(
    db: Transaction, event: Event, *, session_id: int, source_id: int | None = None
) -> None:
    """Record an event for all webhooks that subscribe to it.

    If a session is released and withdrawn in the same transaction, no event is sent about it.
    """
    _announce(db, _active(db), event, session_id, source_id)


def announce_all(db: Transaction, happened: Sequence[tuple[Event, int]]) -> None:
    """Record (event, session id) pairs for the webhooks that subscribe to these events."""
    if happened:
        hooks = _active(db)
        for event, session_id in happened:
            _announce(db, hooks, event, session_id)


def _active(db: Transaction) -> Sequence[Webhook]:
    return db.scalars(select(Webhook).where(Webhook.active)).all()


def _announce(
    db: Transaction,
    hooks: Sequence[Webhook],
    event: Event,
    session_id: int,
    source_id: int | None = None,
) -> None:
    content = {"session": session_id} | ({"source": source_id} if source_id else {})
    written: dict[tuple[int, int, Event], Delivery] = db.info.setdefault(WRITTEN, {})
    for hook in hooks:
        undone = written.pop((hook.id, session_id, UNDOES.get(event, event)), None)
        if undone is not None:
            db.delete(undone)
        elif event in hook.events:
            row = _delivery(hook, event, content)
            db.add(row)
            db.flush()
            written[hook.id, session_id, event] = row


def secret_of(settings: Settings, hook: Webhook) -> str:
    """Return the signing secret of a webhook, derived from its seed and the seal key."""
    key = hmac.digest(key_of(settings.home), f"webhook {hook.seed}".encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(key).decode()}"


def signed_request(
    settings: Settings, delivery: Delivery, at: datetime
) -> tuple[bytes, dict[str, str]]:
    """Return the JSON body of a delivery, and its headers with a signature (Standard Webhooks).

    *at* is the time of the signature.
    """
    body = json.dumps(
        {
            "type": delivery.event,
            "timestamp": delivery.created_at.isoformat(),
            "data": {**delivery.content, "links": _links(settings.public_url, delivery.content)},
        }
    ).encode()
    number, moment = f"msg_{delivery.id}", str(int(at.timestamp()))
    key = base64.b64decode(secret_of(settings, delivery.webhook).removeprefix("whsec_"))
    proof = hmac.digest(key, b".".join([number.encode(), moment.encode(), body]), hashlib.sha256)
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "Living-History-Webhooks/1",
        "Webhook-Id": number,
        "Webhook-Timestamp": moment,
        "Webhook-Signature": f"v1,{base64.b64encode(proof).decode()}",
    }


def due(db: Transaction, *, busy: Collection[int] = (), limit: int = 100) -> Sequence[Delivery]:
    """Return up to *limit* deliveries to send now, oldest first. Skip webhooks with *busy* ids."""
    waiting = (Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now(), Webhook.active)
    query = select(Delivery).join(Delivery.webhook).where(*waiting, Webhook.id.not_in(busy))
    return db.scalars(query.order_by(Delivery.id).limit(limit)).all()


def record_result(
    db: Transaction, delivery_id: int, *, status: int | None, error: str = ""
) -> None:
    """Record the result of a delivery attempt. After a failure, plan another attempt.

    *status* is the HTTP status; None if there was no response. After the last attempt, the state of
    the delivery is `FAILED`.
    """
    row = db.get(Delivery, delivery_id)
    if row is None:
        return
    row.attempts, row.tried_at, row.status, row.error = row.attempts + 1, now(), status, error[:300]
    if status is not None and 200 <= status < 300:
        row.state = DeliveryState.DELIVERED
    elif row.attempts > len(AGAIN_AFTER):
        row.state = DeliveryState.FAILED
    else:
        row.due_at = now() + timedelta(seconds=AGAIN_AFTER[row.attempts - 1])


def clear_old(library: Library) -> None:
    """Delete delivered and failed deliveries that are older than 30 days (`KEPT_FOR`)."""
    with library.transaction() as db:
        over = Delivery.state != DeliveryState.WAITING
        db.execute(delete(Delivery).where(over, Delivery.created_at < now() - KEPT_FOR))


def _describe(library: Library, hook: Webhook, *, url: str, events: Collection[Event]) -> None:
    chosen = [event.value for event in Event if event in events and event is not Event.PING]
    if not chosen:
        raise InvalidInputError("Choose at least one event for the webhook.")
    if url != hook.url:
        resolve_public(url, allowed_hosts(library.settings))
    hook.url, hook.events = url, chosen


def _delivery(hook: Webhook, event: Event, content: dict[str, Any]) -> Delivery:
    return Delivery(webhook_id=hook.id, event=event.value, content=dict(content))


def _links(public_url: str, content: dict[str, Any]) -> dict[str, str]:
    base = public_url.rstrip("/")
    links = {}
    if "session" in content:
        links["session"] = f"{base}/api/v1/sessions/{content['session']}"
    if "source" in content:
        links["job"] = f"{base}/api/v1/jobs/{content['source']}"
    return links


def _note(db: Transaction, viewer: Viewer, action: str, hook: Webhook) -> None:
    audit.record(db, viewer.person_id, action, ("webhook", hook.id), address=viewer.address)
