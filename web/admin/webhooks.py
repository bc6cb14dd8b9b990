"""Administration of webhooks and their deliveries."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.errors import InvalidInputError
from library.models import DeliveryState, Event
from library.notifications import webhooks
from library.translation import gettext, mark
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer

bp = admin_blueprint("hooks", __name__, "/care/webhooks")

SHOWN = 30  # deliveries
EVENTS = {
    Event.SESSION_RELEASED: mark("Others can find a session"),
    Event.SESSION_WITHDRAWN: mark("Others can no longer find a session"),
    Event.SESSION_REMOVED: mark("A session is removed for good"),
    Event.SOURCE_READY: mark("A recording or note can be searched"),
    Event.SOURCE_FAILED: mark("Processing of a recording or note failed"),
}
NAMES = {**EVENTS, Event.PING: mark("Test message")}
STATES = {
    DeliveryState.WAITING: mark("Waiting"),
    DeliveryState.DELIVERED: mark("Delivered"),
    DeliveryState.FAILED: mark("Failed"),
}


@bp.get("")
def page() -> str:
    """List the webhooks, with a form for a new one."""
    return _page()


@bp.post("")
def add() -> ResponseReturnValue:
    """Add a webhook and show its secret once."""
    url, place = params.text(request.form, "url", longest=500), library()
    chosen = [event for event in EVENTS if event in request.form.getlist("event")]
    try:
        with place.transaction() as db:
            _, secret = webhooks.add(place, db, viewer(), url=url, events=chosen)
    except InvalidInputError as error:
        return _page(url=url, error=str(error)), HTTPStatus.BAD_REQUEST
    return _page(secret=secret)


@bp.get("/<int:webhook_id>")
def one(webhook_id: int) -> str:
    """Show a webhook and its deliveries."""
    with library().reading() as db:
        return render_template(
            "admin/webhook.html",
            hook=webhooks.get(db, viewer(), webhook_id),
            deliveries=webhooks.deliveries(db, viewer(), webhook_id, limit=SHOWN),
            names=NAMES,
            states=STATES,
        )


@bp.post("/<int:webhook_id>")
def act(webhook_id: int) -> ResponseReturnValue:
    """Test, pause, resume or remove a webhook, or repeat one of its deliveries."""
    do, place = request.form.get("do", ""), library()
    with place.transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        if do == "ping":
            webhooks.queue_ping(db, viewer(), webhook_id)
        elif do == "replay":
            again = params.identifier(request.form, "delivery") or 0
            webhooks.replay(db, viewer(), webhook_id, again)
        elif do in {"rest", "wake"}:
            events = [Event(name) for name in hook.events]
            webhooks.change(
                place, db, viewer(), hook, url=hook.url, events=events, active=do == "wake"
            )
        elif do == "remove":
            webhooks.remove(db, viewer(), hook)
            flash(gettext("The webhook is removed."))
            return redirect(url_for("hooks.page"), HTTPStatus.SEE_OTHER)
        else:
            raise InvalidInputError("Unknown action. Reload the page and try again.")
    flash(
        gettext("The message to the webhook is sent within seconds.")
        if do in {"ping", "replay"}
        else gettext("The webhook is saved.")
    )
    return redirect(url_for("hooks.one", webhook_id=webhook_id), HTTPStatus.SEE_OTHER)


def _page(*, url: str = "", error: str = "", secret: str = "") -> str:
    with library().reading() as db:
        return render_template(
            "admin/webhooks.html",
            hooks=webhooks.everything(db, viewer()),
            events=EVENTS,
            url=url,
            error=error,
            secret=secret,
        )
