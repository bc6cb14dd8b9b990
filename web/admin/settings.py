"""Settings of the library, and the consent ledger."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import people, service_settings
from library.accounts.service_settings import Service
from library.consent import ledger, review_gate
from library.curation import review
from library.translation import gettext
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer
from web.rendering import release_state_text

bp = admin_blueprint("service", __name__, "/care")

PAGE = 50  # entries


@bp.get("/settings")
def page() -> str:
    """Show the settings of the library."""
    with library().reading() as db:
        return render_template(
            "admin/settings.html",
            service=service_settings.service(db),
            review=review_gate.is_on(db),
        )


@bp.post("/settings")
def save() -> ResponseReturnValue:
    """Save the settings."""
    wanted = Service(
        guests_read=request.form.get("guests_read") == "1",
        trash_days=params.number(request.form, "trash_days", default=30, high=365),
        link_days=params.number(request.form, "link_days", default=30, high=365),
        join_domains=params.text(request.form, "join_domains", longest=2000),
        join_by_approval=request.form.get("join_by_approval") == "1",
        gap_map=request.form.get("gap_map") == "1",
        gap_least=params.number(request.form, "gap_least", default=3, high=1000),
    )
    with library().transaction() as db:
        service_settings.change(db, viewer(), wanted)
        review.set_required_everywhere(db, viewer(), on=request.form.get("review") == "1")
        later = release_state_text.pending_releases_sentence(db)
    flash(gettext("The settings are saved. They apply at once.") + later)
    return redirect(url_for("service.page"))


@bp.get("/ledger")
def ledger_page() -> str:
    """Show the entries of the consent ledger, newest first."""
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        found = ledger.entries(db, limit=PAGE + 1, before_id=before)
        shown = found[:PAGE]
        ids = {e.content["actor"] for e in shown} | {e.person_id for e in shown}
        return render_template(
            "admin/ledger.html",
            entries=shown,
            more=shown[-1].id if len(found) > PAGE else None,
            texts=ledger.texts(db, shown),
            names=people.names(db, ids),
            acts=release_state_text.ACTS,
        )
