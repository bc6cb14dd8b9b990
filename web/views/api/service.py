"""The service from a program: its settings, its health and its audit log; for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from dataclasses import asdict, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from flask_smorest import Blueprint

from library import audit_log
from library.access import require_admin
from library.accounts import service
from library.holdings import sessions
from library.keeping import health
from library.store import Transaction
from web.context import library, viewer
from web.views.api.admin_schemas import (
    AuditListSchema,
    AuditPageSchema,
    HealthSchema,
    SettingsSchema,
)
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import asked, cut, following

bp = Blueprint(
    "api_service", __name__, url_prefix="/api/v1", description="The service; for administrators."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/settings")
@bp.response(200, SettingsSchema)
def settings() -> Answer:
    """What administrators decided; its ETag is what a change has to name."""
    with library().reading() as db:
        content = _settings(db)
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/settings")
@bp.doc(parameters=[MATCH])
@bp.arguments(SettingsSchema)
@bp.response(200, SettingsSchema)
def change(given: dict[str, Any]) -> Answer:
    """Change settings; they hold at once."""
    with library().transaction() as db:
        require_match(tag_of(_settings(db)))
        service.change(db, viewer(), replace(service.service(db), **given))
        content = _settings(db)
    return content, 200, {"ETag": tag_of(content)}


@bp.get("/audit")
@bp.arguments(AuditPageSchema, location="query")
@bp.response(200, AuditListSchema)
def audit_events(page: dict[str, Any]) -> dict[str, Any]:
    """Who did what to what, from where; newest first."""
    wanted = audit_log.Wanted(
        words=page["q"],
        action=page["action"],
        actor_id=page["actor"],
        subject_kind=page["kind"],
        subject_id=page["subject"],
        since=page["since"],
        until=page["until"],
    )
    with library().reading() as db:
        found = audit_log.events(db, viewer(), wanted, **asked(page))
        rows, last = cut(page, [audit_log.as_row(told) for told in found], itemgetter("id"))
    listed = [{**row, "at": datetime.fromisoformat(row["at"])} for row in rows]
    chosen = {n: v for n, v in page.items() if v not in {None, ""} and n not in {"limit", "before"}}
    more = following("api_service.audit_events", page, last, **chosen)
    return {"events": listed, "next": more}


@bp.get("/health")
@bp.response(200, HealthSchema)
def state() -> dict[str, Any]:
    """What the last look at the library found, and what can be searched."""
    with library().reading() as db:
        require_admin(viewer())
        return _health(db)


@bp.post("/health")
@bp.response(202, HealthSchema)
def look() -> dict[str, Any]:
    """Let the worker read every file and look at everything."""
    with library().transaction() as db:
        health.ask(db, viewer())
        return _health(db)


def _settings(db: Transaction) -> dict[str, Any]:
    require_admin(viewer())
    return asdict(service.service(db))


def _health(db: Transaction) -> dict[str, Any]:
    found, backup = health.latest(db), health.last_backup(db)
    searchable, total = sessions.coverage(db, viewer())
    return {
        "looked_at": found.at if found else None,
        "thorough": found.thorough if found else False,
        "wrong": found.wrong if found else 0,
        "said": found.said if found else {},
        "wanted": health.is_wanted(db),
        "last_backup_at": backup.at if backup else None,
        "searchable": searchable,
        "sessions": total,
    }
