"""Webhooks from a program: who is told of what, what they were told, and telling it again."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library import webhooks
from library.models import Delivery, Event, Webhook
from web.context import library, viewer
from web.views.api.admin_schemas import (
    DeliveryListSchema,
    DeliverySchema,
    NewWebhookSchema,
    SecretWebhookSchema,
    WebhookChangesSchema,
    WebhookListSchema,
    WebhookSchema,
)
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import asked, behind, cut, following
from web.views.api.schemas import PageSchema

bp = Blueprint(
    "api_webhooks",
    __name__,
    url_prefix="/api/v1/webhooks",
    description="Programs that are told what happens; for administrators.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, WebhookListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The addresses that are told of events, newest first."""
    with library().reading() as db:
        shown, last = cut(page, behind(page, webhooks.everything(db, viewer())))
        listed = [_written(hook) for hook in shown]
    return {"webhooks": listed, "next": following("api_webhooks.index", page, last)}


@bp.post("")
@bp.arguments(NewWebhookSchema)
@bp.response(201, SecretWebhookSchema)
def add(given: dict[str, Any]) -> Answer:
    """Have an address told of events. The secret that signs them is given this once."""
    place = library()
    with place.transaction() as db:
        hook, secret = webhooks.add(place, db, viewer(), **given)
        content = _written(hook)
    return {**content, "secret": secret}, 201, {"ETag": tag_of(content)}


@bp.get("/<int:webhook_id>")
@bp.response(200, WebhookSchema)
def one(webhook_id: int) -> Answer:
    """One address."""
    with library().reading() as db:
        content = _written(webhooks.get(db, viewer(), webhook_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/<int:webhook_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(WebhookChangesSchema)
@bp.response(200, WebhookSchema)
def change(given: dict[str, Any], webhook_id: int) -> Answer:
    """Change where and of what somebody is told, or let it rest."""
    place = library()
    with place.transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        require_match(tag_of(_written(hook)))
        webhooks.change(
            place,
            db,
            viewer(),
            hook,
            url=given.get("url", hook.url),
            events=given.get("events", [Event(name) for name in hook.events]),
            active=given.get("active", hook.active),
        )
        content = _written(hook)
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("/<int:webhook_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(webhook_id: int) -> None:
    """Tell an address nothing more."""
    with library().transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        require_match(tag_of(_written(hook)))
        webhooks.remove(db, viewer(), hook)


@bp.post("/<int:webhook_id>/secret")
@bp.doc(parameters=[MATCH])
@bp.response(200, SecretWebhookSchema)
def renew(webhook_id: int) -> dict[str, Any]:
    """A new secret, given this once; the old one signs nothing any more."""
    place = library()
    with place.transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        require_match(tag_of(_written(hook)))
        return {"secret": webhooks.renew(place, db, viewer(), hook), **_written(hook)}


@bp.post("/<int:webhook_id>/ping")
@bp.response(202, DeliverySchema)
def ping(webhook_id: int) -> dict[str, Any]:
    """Tell an address that it would be told, to try it out."""
    with library().transaction() as db:
        return _told(webhooks.try_out(db, viewer(), webhook_id))


@bp.get("/<int:webhook_id>/deliveries")
@bp.arguments(PageSchema, location="query")
@bp.response(200, DeliveryListSchema)
def deliveries(page: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """What an address was or is to be told, newest first; kept for 30 days."""
    with library().reading() as db:
        webhooks.get(db, viewer(), webhook_id)
        shown, last = cut(page, webhooks.told(db, viewer(), webhook_id, **asked(page)))
        listed = [_told(row) for row in shown]
    more = following("api_webhooks.deliveries", page, last, webhook_id=webhook_id)
    return {"deliveries": listed, "next": more}


@bp.post("/<int:webhook_id>/deliveries/<int:delivery_id>/replay")
@bp.response(202, DeliverySchema)
def replay(webhook_id: int, delivery_id: int) -> dict[str, Any]:
    """Tell it once more."""
    with library().transaction() as db:
        return _told(webhooks.replay(db, viewer(), webhook_id, delivery_id))


def _written(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "url": hook.url,
        "events": [Event(name) for name in hook.events],
        "active": hook.active,
        "created_at": hook.created_at,
        "links": {
            "self": url_for("api_webhooks.one", webhook_id=hook.id),
            "deliveries": url_for("api_webhooks.deliveries", webhook_id=hook.id),
        },
    }


def _told(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "event": Event(row.event),
        "data": row.content,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": row.created_at,
        "due_at": row.due_at,
        "tried_at": row.tried_at,
        "status": row.status,
        "error": row.error,
    }
