"""Care of webhooks: who is told of what happens here, and what they were told."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import webhooks
from library.access import require_admin
from library.errors import InvalidInputError
from library.models import DeliveryState, Event
from web import parameters
from web.context import library, viewer

bp = Blueprint("hooks", __name__, url_prefix="/care/webhooks")

SHOWN = 30  # deliveries
EVENTS = {
    Event.SESSION_RELEASED: "Others can find a session",
    Event.SESSION_WITHDRAWN: "Others can find a session no more",
    Event.SESSION_REMOVED: "A session is gone for good",
    Event.SOURCE_READY: "A recording or note can be searched",
    Event.SOURCE_FAILED: "The work on a recording or note failed",
}
NAMES = {**EVENTS, Event.PING: "A try"}
STATES = {
    DeliveryState.WAITING: "On its way",
    DeliveryState.DELIVERED: "Arrived",
    DeliveryState.FAILED: "Given up",
}


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("")
def page() -> str:
    """All addresses that are told of events, and a form for another."""
    return _page()


@bp.post("")
def add() -> ResponseReturnValue:
    """Have an address told of events, and show the secret this once."""
    url, place = parameters.text(request.form, "url", longest=500), library()
    chosen = [event for event in EVENTS if event in request.form.getlist("event")]
    try:
        with place.transaction() as db:
            _, secret = webhooks.add(place, db, viewer(), url=url, events=chosen)
    except InvalidInputError as error:
        return _page(url=url, error=str(error)), HTTPStatus.BAD_REQUEST
    return _page(secret=secret)


@bp.get("/<int:webhook_id>")
def one(webhook_id: int) -> str:
    """What an address was told."""
    with library().reading() as db:
        return render_template(
            "care/webhook.html",
            hook=webhooks.get(db, viewer(), webhook_id),
            deliveries=webhooks.told(db, viewer(), webhook_id, limit=SHOWN),
            names=NAMES,
            states=STATES,
        )


@bp.post("/<int:webhook_id>")
def act(webhook_id: int) -> ResponseReturnValue:
    """Try an address out, tell it something again, let it rest, or remove it."""
    do, place = request.form.get("do", ""), library()
    with place.transaction() as db:
        hook = webhooks.get(db, viewer(), webhook_id)
        if do == "ping":
            webhooks.try_out(db, viewer(), webhook_id)
        elif do == "replay":
            again = parameters.identifier(request.form, "delivery") or 0
            webhooks.replay(db, viewer(), webhook_id, again)
        elif do in {"rest", "wake"}:
            events = [Event(name) for name in hook.events]
            webhooks.change(
                place, db, viewer(), hook, url=hook.url, events=events, active=do == "wake"
            )
        elif do == "remove":
            webhooks.remove(db, viewer(), hook)
            flash("The address is told nothing more.")
            return redirect(url_for("hooks.page"), HTTPStatus.SEE_OTHER)
        else:
            raise InvalidInputError("Press one of the buttons.")
    flash("Done. It is on its way within seconds." if do in {"ping", "replay"} else "It is saved.")
    return redirect(url_for("hooks.one", webhook_id=webhook_id), HTTPStatus.SEE_OTHER)


def _page(*, url: str = "", error: str = "", secret: str = "") -> str:
    with library().reading() as db:
        return render_template(
            "care/webhooks.html",
            hooks=webhooks.everything(db, viewer()),
            events=EVENTS,
            url=url,
            error=error,
            secret=secret,
        )
