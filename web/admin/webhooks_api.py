"""API resources of webhooks and their deliveries, for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.models import Delivery, DeliveryState, Event, Webhook
from library.notifications import webhooks
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of, tag_of_row
from web.http.paging import next_url, page_in_memory, query_args, split_page
from web.openapi.response_fields import Links, StoredEnum
from web.openapi.schemas import PageSchema, RequestSchema

EVENTS = [event for event in Event if event is not Event.PING]


class NewWebhookSchema(RequestSchema):
    """URL and events of a new webhook."""

    url = fields.String(required=True, validate=validate.Length(1, 500))
    events = fields.List(
        fields.Enum(Event, by_value=True, validate=validate.OneOf(EVENTS)),
        load_default=lambda: list(EVENTS),
    )


class WebhookChangesSchema(RequestSchema):
    """Changes of a webhook. Fields that are left out stay the same."""

    url = fields.String(validate=validate.Length(1, 500))
    events = fields.List(fields.Enum(Event, by_value=True, validate=validate.OneOf(EVENTS)))
    active = fields.Boolean()


class WebhookSchema(Schema):
    """Webhook: a URL to which events are sent."""

    id = fields.Integer()
    url = fields.String()
    events = fields.List(StoredEnum(Event, by_value=True))
    active = fields.Boolean()
    created_at = fields.AwareDateTime()
    links = Links(
        {"self": "api_webhooks.one", "deliveries": "api_webhooks.deliveries"}, webhook_id="id"
    )


class SecretWebhookSchema(WebhookSchema):
    """Webhook with its signing secret, which is shown once."""

    secret = fields.String()


class WebhookListSchema(Schema):
    """All webhooks."""

    webhooks = fields.List(fields.Nested(WebhookSchema))
    next = fields.String(allow_none=True)


class DeliverySchema(Schema):
    """Delivery of one event to one webhook."""

    id = fields.Integer()
    event = StoredEnum(Event, by_value=True)
    data = fields.Dict(keys=fields.String(), attribute="content")
    state = fields.Enum(DeliveryState, by_value=True)
    attempts = fields.Integer()
    created_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(metadata={"description": "Time of the next attempt."})
    tried_at = fields.AwareDateTime(allow_none=True)
    status = fields.Integer(
        allow_none=True, metadata={"description": "HTTP status of the last response."}
    )
    error = fields.String(metadata={"description": "Reason why there was no response."})


class DeliveryListSchema(Schema):
    """One page of the deliveries of a webhook, newest first."""

    deliveries = fields.List(fields.Nested(DeliverySchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_webhooks",
    __name__,
    url_prefix="/api/v1/webhooks",
    description="Webhooks and their deliveries, for administrators.",
)

Answer = tuple[Webhook | Response, int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, WebhookListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the webhooks, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, page_in_memory(page, webhooks.everything(db, viewer())))
    return {"webhooks": shown, "next": next_url("api_webhooks.index", page, last)}


@bp.post("")
@bp.arguments(NewWebhookSchema)
@bp.response(201, SecretWebhookSchema)
def add(given: dict[str, Any]) -> Answer:
    """Add a webhook. The response shows its signing secret once."""
    place = library()
    with place.transaction() as db:
        hook, secret = webhooks.add(place, db, viewer(), **given)
        content = WebhookSchema().dump(hook)
    return jsonify({**content, "secret": secret}), 201, {"ETag": tag_of(content)}


@bp.get("/<int:webhook_id>")
@bp.response(200, WebhookSchema)
def one(webhook_id: int) -> Answer:
    """Return one webhook."""
    with library().reading() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
    return hook, 200, {"ETag": tag_of_row(WebhookSchema(), hook)}


@bp.patch("/<int:webhook_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(WebhookChangesSchema)
@bp.response(200, WebhookSchema)
def change(given: dict[str, Any], webhook_id: int) -> Answer:
    """Change the URL or events of a webhook, or pause or resume the webhook."""
    place = library()
    with place.transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        require_match(tag_of_row(WebhookSchema(), hook))
        webhooks.change(
            place,
            db,
            viewer(),
            hook,
            url=given.get("url", hook.url),
            events=given.get("events", [Event(name) for name in hook.events]),
            active=given.get("active", hook.active),
        )
    return hook, 200, {"ETag": tag_of_row(WebhookSchema(), hook)}


@bp.delete("/<int:webhook_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(webhook_id: int) -> None:
    """Remove a webhook."""
    with library().transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        require_match(tag_of_row(WebhookSchema(), hook))
        webhooks.remove(db, viewer(), hook)


@bp.post("/<int:webhook_id>/secret")
@bp.doc(parameters=[MATCH])
@bp.response(200, SecretWebhookSchema)
def renew(webhook_id: int) -> Response:
    """Replace the signing secret of a webhook. Only this response shows the new secret."""
    place = library()
    with place.transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        require_match(tag_of_row(WebhookSchema(), hook))
        secret = webhooks.renew_secret(place, db, viewer(), hook)
    return jsonify({**WebhookSchema().dump(hook), "secret": secret})


@bp.post("/<int:webhook_id>/ping")
@bp.response(202, DeliverySchema)
def ping(webhook_id: int) -> Delivery:
    """Send a test event to a webhook."""
    with library().transaction() as db:
        return webhooks.queue_ping(db, viewer(), webhook_id)


@bp.get("/<int:webhook_id>/deliveries")
@bp.arguments(PageSchema, location="query")
@bp.response(200, DeliveryListSchema)
def deliveries(page: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """List the deliveries of a webhook, newest first. Deliveries are deleted after 30 days."""
    with library().reading() as db:
        webhooks.get(db, viewer(), webhook_id)
        shown, last = split_page(
            page, webhooks.deliveries(db, viewer(), webhook_id, **query_args(page))
        )
    more = next_url("api_webhooks.deliveries", page, last, webhook_id=webhook_id)
    return {"deliveries": shown, "next": more}


@bp.post("/<int:webhook_id>/deliveries/<int:delivery_id>/replay")
@bp.response(202, DeliverySchema)
def replay(webhook_id: int, delivery_id: int) -> Delivery:
    """Repeat a delivery."""
    with library().transaction() as db:
        return webhooks.replay(db, viewer(), webhook_id, delivery_id)
