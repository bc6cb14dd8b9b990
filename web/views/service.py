"""Care of the service: its settings, and the consent ledger."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.accounts import people, service
from library.accounts.service import Service
from library.consent import ledger, reviews
from library.curating import review_switch
from web import parameters, release_words
from web.context import library, viewer

bp = Blueprint("service", __name__, url_prefix="/care")

PAGE = 50  # entries


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/settings")
def page() -> str:
    """What administrators decide for the whole library."""
    with library().reading() as db:
        return render_template(
            "care/settings.html", service=service.service(db), review=reviews.is_on(db)
        )


@bp.post("/settings")
def save() -> ResponseReturnValue:
    """Keep the settings."""
    wanted = Service(
        guests_read=request.form.get("guests_read") == "1",
        trash_days=parameters.number(request.form, "trash_days", default=30, high=365),
        link_days=parameters.number(request.form, "link_days", default=30, high=365),
        join_domains=parameters.text(request.form, "join_domains", longest=2000),
        join_by_approval=request.form.get("join_by_approval") == "1",
        gap_map=request.form.get("gap_map") == "1",
        gap_least=parameters.number(request.form, "gap_least", default=3, high=1000),
    )
    with library().transaction() as db:
        service.change(db, viewer(), wanted)
        review_switch.everywhere(db, viewer(), on=request.form.get("review") == "1")
        later = release_words.still_to_settle(db)
    flash("The settings are saved. They hold at once." + later)
    return redirect(url_for("service.page"))


@bp.get("/ledger")
def ledger_page() -> str:
    """Who agreed to what, when, in which words; newest first."""
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        found = ledger.entries(db, limit=PAGE + 1, before_id=before)
        shown = found[:PAGE]
        ids = {e.content["actor"] for e in shown} | {e.person_id for e in shown}
        return render_template(
            "care/ledger.html",
            entries=shown,
            more=shown[-1].id if len(found) > PAGE else None,
            texts=ledger.texts(db, shown),
            names=people.names(db, ids),
            acts=release_words.ACTS,
        )
