"""API resources of settings, health and audit log, for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from dataclasses import asdict, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library import audit_search
from library.access import require_admin
from library.accounts import service_settings
from library.preservation import checks
from library.sessions import sessions
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of
from web.http.paging import next_url, query_args, split_page
from web.openapi.schemas import AN_ID, CleanText, PageSchema, RequestSchema


class SettingsSchema(RequestSchema):
    """Settings of the library. Fields that are left out stay the same."""

    guests_read = fields.Boolean()
    link_days = fields.Integer(validate=validate.Range(1, 365))
    trash_days = fields.Integer(validate=validate.Range(1, 365))
    join_domains = CleanText(validate=validate.Length(max=2000))
    join_by_approval = fields.Boolean()


class AuditPageSchema(PageSchema):
    """Filters of audit events."""

    q = CleanText(load_default="", validate=validate.Length(max=200))
    action = CleanText(load_default="", validate=validate.Length(max=60))
    actor = fields.Integer(load_default=None, validate=AN_ID)
    kind = CleanText(load_default="", validate=validate.Length(max=40))
    subject = fields.Integer(load_default=None, validate=AN_ID)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class AuditEventSchema(Schema):
    """Audit event: actor, action, subject, network address."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    actor_id = fields.Integer(allow_none=True)
    actor = fields.String()
    action = fields.String()
    subject_kind = fields.String()
    subject_id = fields.Integer(allow_none=True)
    address = fields.String()
    detail = fields.Dict(keys=fields.String())


class AuditListSchema(Schema):
    """One page of the audit log, newest first."""

    events = fields.List(fields.Nested(AuditEventSchema))
    next = fields.String(allow_none=True)


class HealthSchema(Schema):
    """Result of the last integrity check, and the number of sessions that can be searched."""

    looked_at = fields.AwareDateTime(allow_none=True)
    thorough = fields.Boolean()
    wrong = fields.Integer()
    said = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    wanted = fields.Boolean(metadata={"description": "Whether a full check is requested."})
    last_backup_at = fields.AwareDateTime(allow_none=True)
    searchable = fields.Integer()
    sessions = fields.Integer()


bp = Blueprint(
    "api_service",
    __name__,
    url_prefix="/api/v1",
    description="Settings, health and audit log, for administrators.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/settings")
@bp.response(200, SettingsSchema)
def settings() -> Answer:
    """Return the settings. Send their ETag as If-Match to change them."""
    with library().reading() as db:
        content = _settings(db)
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/settings")
@bp.doc(parameters=[MATCH])
@bp.arguments(SettingsSchema)
@bp.response(200, SettingsSchema)
def change(given: dict[str, Any]) -> Answer:
    """Change settings of the library. The new values apply at once."""
    with library().transaction() as db:
        require_match(tag_of(_settings(db)))
        service_settings.change(db, viewer(), replace(service_settings.service(db), **given))
        content = _settings(db)
    return content, 200, {"ETag": tag_of(content)}


@bp.get("/audit")
@bp.arguments(AuditPageSchema, location="query")
@bp.response(200, AuditListSchema)
def audit_events(page: dict[str, Any]) -> dict[str, Any]:
    """List audit events, newest first."""
    wanted = audit_search.AuditFilter(
        words=page["q"],
        action=page["action"],
        actor_id=page["actor"],
        subject_kind=page["kind"],
        subject_id=page["subject"],
        since=page["since"],
        until=page["until"],
    )
    with library().reading() as db:
        found = audit_search.events(db, viewer(), wanted, **query_args(page))
        rows, last = split_page(
            page, [audit_search.as_row(event) for event in found], itemgetter("id")
        )
    listed = [{**row, "at": datetime.fromisoformat(row["at"])} for row in rows]
    chosen = {n: v for n, v in page.items() if v not in {None, ""} and n not in {"limit", "before"}}
    more = next_url("api_service.audit_events", page, last, **chosen)
    return {"events": listed, "next": more}


@bp.get("/health")
@bp.response(200, HealthSchema)
def state() -> dict[str, Any]:
    """Return the last integrity check, and how many sessions can be searched."""
    with library().reading() as db:
        require_admin(viewer())
        return _health(db)


@bp.post("/health")
@bp.response(202, HealthSchema)
def look() -> dict[str, Any]:
    """Request a full integrity check by the worker."""
    with library().transaction() as db:
        checks.ask(db, viewer())
        return _health(db)


def _settings(db: Transaction) -> dict[str, Any]:
    require_admin(viewer())
    return asdict(service_settings.service(db))


def _health(db: Transaction) -> dict[str, Any]:
    found, backup = checks.latest(db), checks.last_backup(db)
    searchable, total = sessions.coverage(db, viewer())
    return {
        "looked_at": found.at if found else None,
        "thorough": found.thorough if found else False,
        "wrong": found.wrong if found else 0,
        "said": found.said if found else {},
        "wanted": checks.is_wanted(db),
        "last_backup_at": backup.at if backup else None,
        "searchable": searchable,
        "sessions": total,
    }
