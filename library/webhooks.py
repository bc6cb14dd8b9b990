"""Webhooks: other programs are told what happens here, by number and address, never in words.

Whatever happens is written down in the transaction in which it happens, so that nothing is told
that did not come to be, and nothing is lost when a process ends. The worker sends it. The
signature follows Standard Webhooks (symmetric, `v1`).
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
from library.outside import reach
from library.sealing import key_of
from library.settings import Settings
from library.store import Library, Transaction

MOST = 50  # addresses
AGAIN_AFTER = (60, 300, 1800, 7200, 36000)  # seconds; after the last try it is given up
UNDOES = {
    Event.SESSION_RELEASED: Event.SESSION_WITHDRAWN,
    Event.SESSION_WITHDRAWN: Event.SESSION_RELEASED,
}
WRITTEN = "announced"
KEPT_FOR = timedelta(days=30)  # what was told, in the log


def allowed_hosts(settings: Settings) -> list[str]:
    """Hosts of a private network that may be told."""
    return [host.strip().lower() for host in settings.webhook_private_hosts.split(",")]


def add(
    library: Library, db: Transaction, viewer: Viewer, *, url: str, events: Collection[Event]
) -> tuple[Webhook, str]:
    """A new address, and the secret by which it knows us, which is shown once.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the address is none, or not one to be told; no event was chosen.
    """
    require_admin(viewer)
    if len(everything(db, viewer)) >= MOST:
        raise InvalidInputError(f"There are {MOST} addresses already. Remove one of them first.")
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
    """Change where and of what somebody is told, or let it rest.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the address is none, or not one to be told; no event was chosen.
    """
    require_admin(viewer)
    _describe(library, hook, url=url, events=events)
    hook.active = active
    _note(db, viewer, "webhook.change", hook)


def renew(library: Library, db: Transaction, viewer: Viewer, hook: Webhook) -> str:
    """A new secret; the old one signs nothing any more."""
    require_admin(viewer)
    hook.seed = secrets.token_hex(32)
    _note(db, viewer, "webhook.renew", hook)
    return secret_of(library.settings, hook)


def remove(db: Transaction, viewer: Viewer, hook: Webhook) -> None:
    """Tell an address nothing more, and forget what it was told."""
    require_admin(viewer)
    _note(db, viewer, "webhook.remove", hook)
    db.delete(hook)
    db.flush()


def everything(db: Transaction, viewer: Viewer) -> Sequence[Webhook]:
    """All addresses, the oldest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    return db.scalars(select(Webhook).order_by(Webhook.id)).all()


def get(db: Transaction, viewer: Viewer, webhook_id: int) -> Webhook:
    """The address with this number.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there is none.
    """
    require_admin(viewer)
    if (hook := db.get(Webhook, webhook_id)) is None:
        raise NotFoundError("There is no such webhook.")
    return hook


def told(
    db: Transaction, viewer: Viewer, webhook_id: int, *, limit: int, before_id: int | None = None
) -> Sequence[Delivery]:
    """What an address was or is to be told, newest first."""
    require_admin(viewer)
    query = select(Delivery).where(Delivery.webhook_id == webhook_id)
    if before_id is not None:
        query = query.where(Delivery.id < before_id)
    return db.scalars(query.order_by(Delivery.id.desc()).limit(limit)).all()


def replay(db: Transaction, viewer: Viewer, webhook_id: int, delivery_id: int) -> Delivery:
    """Tell it once more, as something new.

    Raises:
        NotFoundError: it was never told, or is forgotten.
    """
    hook = get(db, viewer, webhook_id)
    old = db.get(Delivery, delivery_id)
    if old is None or old.webhook_id != webhook_id:
        raise NotFoundError("There is no such delivery.")
    again = _delivery(hook, Event(old.event), old.content)
    db.add(again)
    db.flush()
    _note(db, viewer, "webhook.replay", hook)
    return again


def try_out(db: Transaction, viewer: Viewer, webhook_id: int) -> Delivery:
    """Tell an address that it would be told."""
    hook = get(db, viewer, webhook_id)
    ping = _delivery(hook, Event.PING, {})
    db.add(ping)
    db.flush()
    return ping


def announce(
    db: Transaction, event: Event, *, session_id: int, source_id: int | None = None
) -> None:
    """Write down for whoever wants to know of it that something happened.

    What is undone in the same transaction did not happen: neither of the two is told.
    """
    _announce(db, _active(db), event, session_id, source_id)


def announce_all(db: Transaction, happened: Sequence[tuple[Event, int]]) -> None:
    """Do the same for many sessions (what happened, session id); who wants to know is read once."""
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
    """What signs, as both sides keep it: made from the seed, so that no copy of the rows has it."""
    key = hmac.digest(key_of(settings.home), f"webhook {hook.seed}".encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(key).decode()}"


def signed(settings: Settings, delivery: Delivery, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The body of a delivery, and the headers that prove when it was sent and by whom."""
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
    """Return deliveries that are to be sent now, the oldest first; none of the *busy* webhooks."""
    waiting = (Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now(), Webhook.active)
    query = select(Delivery).join(Delivery.webhook).where(*waiting, Webhook.id.not_in(busy))
    return db.scalars(query.order_by(Delivery.id).limit(limit)).all()


def settle(db: Transaction, delivery_id: int, *, status: int | None, error: str = "") -> None:
    """Keep how a try went; one that failed is made again after a while, and in the end no more."""
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
    """Forget what was told long ago."""
    with library.transaction() as db:
        over = Delivery.state != DeliveryState.WAITING
        db.execute(delete(Delivery).where(over, Delivery.created_at < now() - KEPT_FOR))


def _describe(library: Library, hook: Webhook, *, url: str, events: Collection[Event]) -> None:
    chosen = [event.value for event in Event if event in events and event is not Event.PING]
    if not chosen:
        raise InvalidInputError("Choose what the address is to be told of.")
    if url != hook.url:
        reach(url, allowed_hosts(library.settings))
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
